"""Plain text: sentences without figures, abbreviations and symbols come back byte by byte, also beside a number."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text.spoken_forms.verbalize import verbalize

# Words whose forms the rules of agreement know (articles, halves, hours, hundreds), beside ordinary ones.
WORDS = {
    "en": "a an the half and of twenty hundred dollars dollar bill kilometers run people I it was John Henry Malcolm May who one two to "
    "hour don't well-known Class Plan vitamin King",
    "es": "a la las es era el uno una un veintiuno veintiún dos menos y media de mañana tarde persona Isabel primero siglo mil millones euros hora "
    "doscientos mujeres qué María Plan clase",
    "fr": "un une et demi demie heure heures tasse de euros million le la les années quatre-vingts soixante-dix il était problème mètres par seconde "
    "Élisabeth premier l'ami c'est-à-dire Classe",
    "it": "un una ora amica opera studente zaino amico all' ora al secondo l'amico primo mezza e di euro gli anni alle dieci mila Carlo quinto "
    "psicologo isola un'isola perché Classe",
    "pt": "a à às das dois um uma vinte segunda terceira feira dom Maria meio-dia meia-noite de e mil milhões euros hora duzentos mulheres "
    "quilômetro você Pedro primeiro Plano",
    "ca": "a la les l' el de onze dos dues un una quarts quart tres primer d'abril abril euros milions hora i mig cents dones vint-i-un Jaume què "
    "l'onze Classe",
}  # fmt: skip
CODES = {"fr": ("fr", "fr-CA", "fr-BE", "fr-CH"), "pt": ("pt", "pt-BR", "pt-PT"), "es": ("es", "es-MX"), "en": ("en", "en-GB")}
SENTENCES = {
    "en": (
        "The part I played was small.", "World peace, I said.", "He drank half a bottle.", "A twenty dollars tip?", "Malcolm X spoke.", "Class C.",
        "I, Claudius.", "Did Mary I mean?", "Henry V Smith.", "The FBI and the CIA.", "She's a PhD — I think.", "“Well,” he said, “no.”",
        "May I come in?  Two spaces.", "Line one\nline two", "Vitamin C. Then sleep.", "Carlos V",
    ),
    "es": (
        "Es la uno.", "A las una y media.", "La clase C.", "El plan V. Corre.", "Vitamina C.", "la parte C", "Malcolm X habló.",
        "—¿Quién?\n—Yo.", "«Vaya», dijo.", "Talla XL.", "La una  menos cuarto.", "Veintiuno personas.",
    ),
    "fr": (
        "Le siècle dernier.", "Ce siècle.", "Le congrès.", "Ce concile.", "Paul Le Guen.", "Marie Ce soir.", "L'empire.", "et une demie", "un demi problème", "une demie heure", "Deux mètres par heure.", "Deux millions de euros.", "Non\u00a0!", "Il a dit\u202f: « Viens ! »",
        "La classe C.", "Malcolm X parlait.", "Vitamine C.", "Soixante-dix et quatre-vingt-dix.", "Les années quatre-vingts.",
    ),
    "it": (
        "Paolo Ve lo dice.", "una ora", "un studente", "una amica e un zaino", "all' ora", "l'primo", "La classe C.", "Malcolm X parlò.", "Vitamina C.", "Il piano V.",
        "Una ora,\nuna isola.", "«Ciao», disse.", "un psicologo",
    ),
    "pt": (
        "Maria Ver isso.", "às dois", "à um", "segunda feira", "dom Maria", "às meio-dia", "A classe C.", "Malcolm X falou.", "Vitamina C.", "o plano V",
        "parte C", "Um quilômetro.", "— Quem?\n— Eu.",
    ),
    "ca": (
        "les dos", "de onze", "el onze", "les dos quarts d'onze", "l'primer de maig", "a la un", "La classe C.", "Malcolm X va parlar.", "Vitamina C.",
        "el pla V", "part C", "milions de euros", "—Qui?\n—Jo.",
    ),
}  # fmt: skip
TRANSCRIPTS = Path(__file__).parents[5] / "shared" / "media" / "README.md"
FIGURES = ("7", "5 km", "25 €", "21:45", "40 %", "2030")


@st.composite
def draw_sentences(draw, language):
    """A sentence of words of a language with punctuation and any spaces."""
    words = draw(st.lists(st.sampled_from(WORDS[language].split()), min_size=3, max_size=12))
    gaps = draw(
        st.lists(st.sampled_from((" ", " ", ", ", "  ", "\n", "\u00a0", " — ", "… ")), min_size=len(words), max_size=len(words))
    )
    text = "".join(word + gap for word, gap in zip(words, gaps, strict=True)).rstrip(" \n\u00a0—,")
    return text + draw(st.sampled_from((".", "!", "?", "...", "")))


@pytest.mark.parametrize("language", WORDS)
@given(data=st.data())
@settings(max_examples=150, deadline=None, derandomize=True)
def test_text_without_figures_comes_back_byte_by_byte(language, data):
    text = data.draw(draw_sentences(language))
    for code in CODES.get(language, (language,)):
        assert verbalize(text, code) == text


@pytest.mark.parametrize("language", WORDS)
@given(data=st.data())
@settings(max_examples=150, deadline=None, derandomize=True)
def test_words_that_do_not_touch_a_number_stay_as_they_are(language, data):
    before = data.draw(st.lists(st.sampled_from(WORDS[language].split()), min_size=3, max_size=6))
    after = data.draw(st.lists(st.sampled_from(WORDS[language].split()), min_size=3, max_size=6))
    text = f"{' '.join(before)}; {data.draw(st.sampled_from(FIGURES))}; {' '.join(after)}"
    spoken = verbalize(text, language)
    assert spoken.startswith(" ".join(before) + "; ")
    assert spoken.endswith("; " + " ".join(after))


@pytest.mark.parametrize(("language", "text"), [(language, text) for language, texts in SENTENCES.items() for text in texts])
def test_no_rule_of_agreement_mends_the_words_of_the_source(language, text):
    for code in CODES.get(language, (language,)):
        assert verbalize(text, code) == text


@pytest.mark.parametrize(
    ("language", "text", "spoken"),
    [
        ("it", "una ora e 1 ora", "una ora e un'ora"),
        ("it", "1 ora, una ora", "un'ora, una ora"),
        ("it", "un studente e 1 studente", "un studente e uno studente"),
        ("fr", "et une demie, puis 2 ½ tasses", "et une demie, puis deux tasses et demie"),
        ("fr", "un demi problème et ½ tasse", "un demi problème et une demi-tasse"),
        ("fr-BE", "soixante-dix et 71", "soixante-dix et septante et un"),
        ("pt", "às dois; às 2", "às dois; às duas"),
        ("ca", "de onze a 11", "de onze a onze"),
        ("ca", "de onze: de 11 a 12", "de onze: d'onze a dotze"),
        ("es", "las veintiuno; las 21", "las veintiuno; las veintiuna"),
        ("en", "a five dollars bill and a $5 bill", "a five dollars bill and a five dollar bill"),
    ],
)
def test_agreement_touches_only_what_was_put_in_words(language, text, spoken):
    assert verbalize(text, language) == spoken


@pytest.mark.skipif(not TRANSCRIPTS.is_file(), reason=f"no transcripts at {TRANSCRIPTS}")
def test_transcripts_of_recordings_without_figures_come_back_byte_by_byte():
    lines = re.findall(r"^(?:jfk|LJ\d+-\d+|sonnet\w*): (.+)$", TRANSCRIPTS.read_text(encoding="utf-8"), re.MULTILINE)
    plain = [line.replace(" / ", " ") for line in lines if not re.search(r"\d", line)]
    assert plain
    assert [verbalize(line, "en") for line in plain] == plain
