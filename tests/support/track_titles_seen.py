"""Titles of audio and subtitle tracks as they were seen on discs, in streams and on subtitle sites, in some twenty languages."""

from pipeline.text.track_kinds import AudioKind as Audio
from pipeline.text.track_kinds import SubtitleKind as Subtitle

# (title, kind): where it is seen
AUDIO_TITLES = [
    ("English", Audio.DIALOGUE),  # most films
    ("Stereo", Audio.DIALOGUE),  # MakeMKV
    ("Surround 5.1", Audio.DIALOGUE),  # MakeMKV
    ("DTS-HD MA 5.1 @ 4048 kbps", Audio.DIALOGUE),  # encoders' notes
    ("Dolby Digital Plus 5.1 (Atmos)", Audio.DIALOGUE),  # streams
    ("Español (Latinoamérica)", Audio.DIALOGUE),  # streams
    ("Castellano", Audio.DIALOGUE),  # Spanish trackers
    ("VFF", Audio.DIALOGUE),  # French releases
    ("Dubbing PL", Audio.DIALOGUE),  # Polish releases
    ("Дубляж", Audio.DIALOGUE),  # Russian releases
    ("日本語", Audio.DIALOGUE),  # Japanese discs
    ("国语", Audio.DIALOGUE),  # Chinese releases
    ("Madrid", Audio.DIALOGUE),  # holds the letters "ad"
    ("Leadership Edition", Audio.DIALOGUE),  # likewise
    ("English (Audiodescription)", Audio.DESCRIPTION),  # broadcasters
    ("English [Descriptive Audio]", Audio.DESCRIPTION),  # Netflix
    ("English AD", Audio.DESCRIPTION),  # British discs
    ("DVS", Audio.DESCRIPTION),  # American broadcasters
    ("Audio Description", Audio.DESCRIPTION),  # discs
    ("Español (Audiodescripción)", Audio.DESCRIPTION),  # Netflix
    ("Audiodescription pour malvoyants", Audio.DESCRIPTION),  # French television
    ("Italiano - per non vedenti", Audio.DESCRIPTION),  # Rai
    ("Português (audiodescrição)", Audio.DESCRIPTION),  # Netflix
    ("Deutsch (Hörfilmfassung)", Audio.DESCRIPTION),  # German television
    ("Audiodeskription", Audio.DESCRIPTION),  # German discs
    ("Audiodescripció", Audio.DESCRIPTION),  # Catalan television
    ("Audiodeskrypcja", Audio.DESCRIPTION),  # Polish television
    ("Тифлокомментарий", Audio.DESCRIPTION),  # Russian discs
    ("音声ガイド", Audio.DESCRIPTION),  # Japanese discs
    ("Audiobeschrijving", Audio.DESCRIPTION),  # Dutch streams
    ("Director's Commentary", Audio.COMMENTARY),  # discs
    ("Commentary with cast & crew", Audio.COMMENTARY),  # discs
    ("Comentarios del director", Audio.COMMENTARY),  # Spanish discs
    ("Commentaire audio", Audio.COMMENTARY),  # French discs
    ("Commento del regista", Audio.COMMENTARY),  # Italian discs
    ("Audiokommentar", Audio.COMMENTARY),  # German discs
    ("Комментарии режиссёра", Audio.COMMENTARY),  # Russian discs
    ("オーディオコメンタリー", Audio.COMMENTARY),  # Japanese discs
    ("Music and Effects", Audio.EFFECTS),  # broadcasters' masters
    ("M&E", Audio.EFFECTS),  # likewise
    ("Música y efectos", Audio.EFFECTS),  # likewise
    ("Musik und Effekte", Audio.EFFECTS),  # likewise
    ("Isolated Score", Audio.SCORE),  # discs
    ("Isolierter Score", Audio.SCORE),  # German discs
    ("Música aislada", Audio.SCORE),  # Spanish discs
    ("Karaoke", Audio.KARAOKE),  # musicals
    ("Sing-Along", Audio.KARAOKE),  # musicals
    ("Audiocommentary", Audio.COMMENTARY),  # discs
    ("Regiekommentar", Audio.COMMENTARY),  # German discs
    ("Kommentarspur", Audio.COMMENTARY),  # German discs
    ("Commenté par le réalisateur", Audio.COMMENTARY),  # French discs
    ("Ohjaajan kommentti", Audio.COMMENTARY),  # Finnish discs
    ("Komentář režiséra", Audio.COMMENTARY),  # Czech discs
    ("Yönetmen yorumu", Audio.COMMENTARY),  # Turkish discs
    ("导演解说", Audio.COMMENTARY),  # Chinese releases
    ("감독 코멘터리", Audio.COMMENTARY),  # Korean discs
    ("RiffTrax", Audio.COMMENTARY),  # fans
    ("Syntolkning", Audio.DESCRIPTION),  # Swedish television
    ("Synstolkning", Audio.DESCRIPTION),  # Danish television
    ("Kuvailutulkkaus", Audio.DESCRIPTION),  # Finnish television
    ("Komentář pro nevidomé", Audio.DESCRIPTION),  # Czech television
    ("Sesli betimleme", Audio.DESCRIPTION),  # Turkish streams
    ("VFQ Audiovision", Audio.DESCRIPTION),  # Swiss and Canadian television
    ("ステレオ(解説)", Audio.DESCRIPTION),  # Japanese television
    ("화면해설", Audio.DESCRIPTION),  # Korean television
    ("English (VI)", Audio.DESCRIPTION),  # British streams
    ("M+E", Audio.EFFECTS),  # masters
    ("Music/Effects", Audio.EFFECTS),  # masters
    ("No dialogue", Audio.EFFECTS),  # masters
    ("Version internationale", Audio.EFFECTS),  # French masters
    ("音乐与音效", Audio.EFFECTS),  # Chinese releases
    ("Score", Audio.SCORE),  # discs
    ("Isolated Soundtrack", Audio.SCORE),  # discs
    ("Nur Musik", Audio.SCORE),  # German discs
    ("Solo música", Audio.SCORE),  # Spanish discs
    ("Music by Hans Zimmer", Audio.DIALOGUE),  # holds the word music
    ("Restored Soundtrack", Audio.DIALOGUE),  # old films
    ("International Dub", Audio.DIALOGUE),  # streams
    ("Dub, R5", Audio.DIALOGUE),  # Russian releases
    ("粤语", Audio.DIALOGUE),  # Chinese releases
]

SUBTITLE_TITLES = [
    ("", Subtitle.FULL),
    ("English", Subtitle.FULL),
    ("English (Full)", Subtitle.FULL),  # fansubs
    ("Full Subtitles [Group]", Subtitle.FULL),  # fansubs
    ("Dialogue", Subtitle.FULL),  # fansubs
    ("Español (Completos)", Subtitle.FULL),  # Spanish trackers
    ("Full + Signs & Songs", Subtitle.FULL),  # fansubs: both in one
    ("Français complets", Subtitle.FULL),  # French releases
    ("Italiano (completi)", Subtitle.FULL),
    ("Vollständig", Subtitle.FULL),  # German releases
    ("Полные", Subtitle.FULL),  # Russian releases
    ("简体中文", Subtitle.FULL),  # Chinese releases
    ("Signs & Songs", Subtitle.SIGNS),  # fansubs
    ("Signs/Songs", Subtitle.SIGNS),
    ("S&S", Subtitle.SIGNS),
    ("Songs [Karaoke]", Subtitle.SIGNS),
    ("Letreros y canciones", Subtitle.SIGNS),  # Spanish fansubs
    ("Panneaux et chansons", Subtitle.SIGNS),  # French fansubs
    ("Cartelli e canzoni", Subtitle.SIGNS),  # Italian fansubs
    ("Placas e músicas", Subtitle.SIGNS),  # Brazilian fansubs
    ("Rètols i cançons", Subtitle.SIGNS),  # Catalan fansubs
    ("Schilder & Lieder", Subtitle.SIGNS),  # German fansubs
    ("Надписи", Subtitle.SIGNS),  # Russian releases
    ("歌詞", Subtitle.SIGNS),
    ("Forced", Subtitle.FORCED),  # discs
    ("English Forced", Subtitle.FORCED),
    ("Forzados", Subtitle.FORCED),  # Spanish trackers
    ("Castellano (Forzado)", Subtitle.FORCED),
    ("Français forcés", Subtitle.FORCED),
    ("Forzati", Subtitle.FORCED),
    ("Forçada", Subtitle.FORCED),
    ("Deutsch (Erzwungen)", Subtitle.FORCED),
    ("Wymuszone", Subtitle.FORCED),
    ("Форсированные", Subtitle.FORCED),
    ("Foreign Parts Only", Subtitle.FORCED),
    ("English SDH", Subtitle.HEARING_IMPAIRED),
    ("English [CC]", Subtitle.HEARING_IMPAIRED),
    ("Sourds et malentendants", Subtitle.HEARING_IMPAIRED),
    ("Español para sordos", Subtitle.HEARING_IMPAIRED),
    ("Für Hörgeschädigte", Subtitle.HEARING_IMPAIRED),
    ("Non udenti", Subtitle.HEARING_IMPAIRED),
    ("Director's commentary", Subtitle.COMMENTARY),
    ("Kommentar", Subtitle.COMMENTARY),
    ("Trivia Track", Subtitle.TRIVIA),
    ("Non-Forced", Subtitle.FULL),  # discs
    ("No forzados", Subtitle.FULL),  # Spanish trackers
    ("简体特效字幕", Subtitle.FULL),  # Chinese releases: with effects
    ("Dubtitles", Subtitle.FULL),  # fansubs
    ("Tvungne", Subtitle.FORCED),  # Norwegian streams
    ("Vynucené", Subtitle.FORCED),  # Czech releases
    ("Kikényszerített", Subtitle.FORCED),  # Hungarian releases
    ("Zorunlu", Subtitle.FORCED),  # Turkish streams
    ("강제", Subtitle.FORCED),  # Korean releases
    ("Foreign", Subtitle.FORCED),  # discs
    ("OP/ED", Subtitle.SIGNS),  # fansubs
    ("On-screen text", Subtitle.SIGNS),  # streams
    ("画面字", Subtitle.SIGNS),  # Chinese fansubs
    ("English HoH", Subtitle.HEARING_IMPAIRED),  # British discs
    ("İşitme engelliler için", Subtitle.HEARING_IMPAIRED),  # Turkish streams
    ("Pro neslyšící", Subtitle.HEARING_IMPAIRED),  # Czech television
    ("청각장애인", Subtitle.HEARING_IMPAIRED),  # Korean streams
    ("Regiekommentar", Subtitle.COMMENTARY),  # German discs
]
