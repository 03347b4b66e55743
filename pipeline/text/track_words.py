"""Words of track titles: commentary, audio description, effects, signs and songs, forced, original and dubbed sound, as regular expressions.

Words are those of release titles as Blu-ray authors, broadcasters and subtitle sites write them in some twenty languages: MakeMKV's and
mkvmerge's default titles, Netflix's and Amazon's track labels, the TMDB and Bazarr glossaries, fansub groups, Nordic, Czech and
Korean broadcasters' names of audio description. In lower case; they match whole words.
"""

COMMENTARY_WORDS = (
    r"(?:audio[ -]?)?comm?entar(?:y|ies)\d?|commentarie?s?|comm\.|director'?s (?:comments?|track)|rifftrax|podcast|(?:audio)?coment[aá]ri[oiu]?s?|comentaris|comentado|comentada|"
    r"comment(?:aires?|é|ée)|comment[io]|commentario|\w*kommentar\w*|\w*commentaar|kommentt?i\w*|\w*kommentár\w*|\w*koment[aá][rř]\w*|\w*коментар\w*|(?:аудио)?комментар\w*|"
    r"yorum\w*|コメンタリー|監督(?:の|による)?解説|评论|評論|导评|導評|解说|解說|講評|코멘터리|해설자"
)  # fmt: skip
DESCRIPTION_WORDS = (
    r"audio[ -]?descri\w*|descri(?:ptive|bed)\b.*|description audio|(?:spoken|narrative|video|vidéo)[ -]?description|^description$|audio desc\b\.?|vidéodescription|"
    r"descrizione audio|\bdvs?\b|\bad\b|english\W+vi|audio ?deskr[iy]\w*|аудіодискрипц\w*|hörfilm\w*|bildbeschreibung\w*|audio[ -]?vision|audiobeschrijving|"
    r"аудиодескрипция|тифло\w*|(?:visually|vision|sight)[ -]impaired|for the blind|\bblind\w*|mal-?voyants?|non[ -]vedenti|ciegos|cegos|cecs|sehbehindert\w*|"
    r"niewidom\w*|nevidom\w*|slabovid\w*|látássérült\w*|syntolk\w*|synstol?k\w*|kuvailutulk\w*|audio ?popis\w*|zvukový popis|betimleme\w*|"
    r"音声解説|音声ガイド|解説放送|副音声(?!コメ)|(?<!監督)(?<!監督の)(?<!監督による)解説(?!者)|화면 ?해설|口述影像|视障|視障|无障碍|無障礙"
)  # fmt: skip
EFFECTS_WORDS = (
    r"music ?(?:and|&|\+|/|,) ?(?:sound )?(?:effects|s?fx)|\bm ?(?:&|\+|/|and) ?e\b|(?:clean )?effects only|^(?:sound )?effects(?: track| only)?$|(?:no|without) dialog(?:ue)?|"
    r"música [yei] efe\w*|música y efectos|musiques? et (?:bruitages?|effets)|version internationale|musica ed? effetti|musik (?:und|&|\+) (?:effekte|geräusche)|"
    r"muziek en effecten|internationalfassung|\bint(?:ernational)? ?(?:sound ?)?track\b|muzyka i efekty|музыка и (?:шумы|эффекты)|音乐(?:与|和)音效|効果音"
)  # fmt: skip
SCORE_WORDS = (
    r"isolated\b.*(?:score|music|track)|score\b.*isolated|score only|music only|^(?:music |film )?score$|^(?:ost|bgm)$|isolier\w* (?:score|film\w*|musik\w*)|nur musik|musikspur|"
    r"musi(?:que|ca) isol\w*|musique seule|solo m[uú]sica|música aisla\w*|m[uú]sica isolada|música aïllada|banda sonora (?:aislada|isolada|aïllada)|bande originale isolée|"
    r"colonna sonora isolata|geïsoleerde muziek|izolowana muzyka|^музыка$|саундтрек|サウンドトラックのみ|音楽のみ|(?:单独)?配乐(?:音轨)?|音乐音轨|\b(?:isolated )?soundtrack only\b|isolated soundtrack"
)  # fmt: skip
KARAOKE_WORDS = r"karaoke|カラオケ|卡拉ok|караоке|노래방|sing[ -]?along|instrumental"
TRIVIA_WORDS = r"trivia|pop[ -]?up|fun facts|chapters?|capítulos|kapitel|notes? de traduction|translator(?:'?s)? notes?"
FORCED_ADJECTIVES = (
    r"forced|forz(?:ad|os)[oa]s?|forç(?:ad[oa]s?|ats?)|forcée?s?|forzat[io]|erzwungen\w*|gedwongen|wymuszon\w*|форс\w*|強制\w*|强制\w*|강제|tvungen|tvungne|tvunget|tvingad\w*|"
    r"pakotet\w*|vynucen\w*|vynútené|(?:ki)?kényszerít\w*|zorunlu|forțat\w*"
)  # fmt: skip
NEGATED_FORCED = rf"\b(?:non?|not|un|nicht|sans|niet|ikke|inte|ei|nie|não|не)[ -]?(?:{FORCED_ADJECTIVES})(?!\w)"
FORCED_WORDS = (
    rf"{FORCED_ADJECTIVES}|foreign (?:parts?|dialog\w*|language|only)|^foreign$|parties étrangères|partielles?|(?:non|not)[ -]english|alien (?:parts?|dialog\w*|language|speech|only)|"
    r"nur fremdsprach\w*"
)  # fmt: skip
SIGN_WORDS = (
    r"signs?\b|songs?\b|\bs ?(?:&|and|\+) ?s\b|op ?[/&+] ?ed|on[ -]?screen text|letreros?|carteles|rótulos|canci[oó]n(?:es)?|cançons?|rètols|cartells?|panneaux|chansons?|paroles|inserts?|"
    r"cartelli|canzoni|scritte|placas|letreiros?|can(?:ção|ções)|músicas?|schilder|lieder|songtexte?|borden|liedjes|napisy ekranowe|piosen\w*|надписи|песни|karaoke|lyrics?|カラオケ|看板|"
    r"標識|歌詞|歌词|招牌|标牌|画面字|typeset\w*|titles? only"
)  # fmt: skip
IMPAIRED_WORDS = (
    r"\bsdh\b|\bcc\b|\bhi\b|\bhoh\b|\bsme\b|closed caption\w*|captions?|hearing|\bdeaf\b|hard[ -]of[ -]hearing|sord[oi]s?|sords|sourds?|mal-?entendants?|non udenti|surdos|"
    r"hörgeschädigt\w*|gehörlos\w*|doven|slechthorend\w*|niesłysząc\w*|neslyšíc\w*|nepočujúc\w*|hallássérült\w*|işitme engelli\w*|hørehæmme\w*|hørselshemm\w*|hörselskad\w*|"
    r"kuulovamma\w*|глухих|слабослыш\w*|聴覚障害\w*|バリアフリー|청각 ?장애\w*|听障|聽障|字幕ガイド"
)  # fmt: skip
FULL_WORDS = (
    r"\bfull\b|complet\w*|\bkomplett\w*|vollständig\w*|volledig\w*|pełn\w*|kompletní|teljes|полн\w*|完全|完整|dialog\w*|diálogos?|diàlegs|dialoghi|диалоги|セリフ|台詞|台词"
)  # fmt: skip
# "Original Mono" and "Original Theatrical Mix" name a mix, which a dub has, too.
ORIGINAL_WORDS = (
    r"original(?! (?:mono|stereo|theatrical|mix|cut|sound\w*|score|recording|music|\d))|v\.? ?o\.?|ov|o-?ton|original(?:ton|version|fassung)|versión original|version originale|"
    r"versione originale|lingua originale|áudio original|versão original|versió original|оригинал\w*|оригінал\w*|orijinal|oryginał\w*|originál\w*|eredeti|"
    r"オリジナル|원어|\w*原声|\w*原聲|\w*原音"
)  # fmt: skip
DUB_WORDS = (
    r"dub(?:bed|bing)?|dubs|dublaj\w*|дубляж|дублир\w*|дубльован\w*|\w*голос\w*|закадров\w*|авторский|[mdap]vo|lektor|vf[fqi2]?|truefrench|synchro\w*|doblaje|doblad[oa]|dublado|"
    r"dublagem|doppiaggio|doppiat[oa]|doublage|doublée?|nasynchron\w*|dabing|dabov\w*|\w*szinkron\w*|dubbat|dubbet|dubattu|吹き?替え?|\w*配音|国配|台配|國配|더빙|lồng tiếng|"
    r"thuyết minh|พากย์"
)  # fmt: skip
VOICE_OVER_LANGUAGES = frozenset({"ru", "uk", "be", "bg", "pl", "lt", "lv", "et", "kk"})  # in which "VO" is "voice-over"
