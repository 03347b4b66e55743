"""The languages that Whisper knows, in our tags and in its own codes, and how likely each of them is."""

from collections.abc import Mapping, Sequence

from pipeline.errors import LanguageError
from pipeline.text import languages
from pipeline.text.languages import Guess
from pipeline.values.timeline import Span

OWN_CODES = {"jv": "jw", "fil": "tl", "nb": "no"}  # BCP 47 → Whisper's, where they differ
KNOWN = (
    "af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha haw he hi hr ht hu hy id is it ja jw "
    "ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn no oc pa pl ps pt ro ru sa sd si sk sl sn so sq sr su "
    "sv sw ta te tg th tk tl tr tt uk ur uz vi yi yo yue zh"
)
CODES = frozenset(KNOWN.split())
LANGUAGES = frozenset(CODES - set(OWN_CODES.values()) | OWN_CODES.keys() | {"no"})  # BCP 47; films say both `no` and `nb`
UNSPACED = frozenset({"bo", "ja", "km", "lo", "my", "th", "yue", "zh"})  # codes of what is written without spaces between words

WINDOW = 30.0  # seconds that Whisper hears at once
LEAST_SPEECH = 1.0  # seconds in a window; less tells nothing of its language
LEAST_PROBABILITY = 0.01  # a language that is less likely is not named


def whisper_code(language: str) -> str:
    """Whisper's code of a BCP 47 tag, whatever its country and script. LanguageError for a language it never learned."""
    base = languages.base_language(language)
    if (code := OWN_CODES.get(base, base)) in CODES:
        return code
    for code in sorted(CODES):
        if languages.is_same_language(base, tag_of(code)):
            return code
    raise LanguageError(
        f"whisper does not know {languages.get_english_name(language)} ({language}); add subtitles, or choose another transcriber"
    )


def tag_of(code: str) -> str:
    """The BCP 47 tag of a code of Whisper's."""
    return languages.require_tag(code)


def find_busiest_windows(speech: Sequence[Span], seconds: float, *, count: int) -> tuple[Span, ...]:
    """Up to `count` windows of 30 s with the most speech, in order of speech. `speech`: disjoint spans within 0..`seconds`.

    None with less than a second of speech: an empty answer means that there is nothing to listen to.
    """
    windows = [
        Span(start, min(start + WINDOW, seconds))
        for start in (WINDOW * n for n in range(int(seconds // WINDOW) + 1))
        if start < seconds
    ]
    spoken = {window: sum(window.overlap(span) for span in speech) for window in windows}
    ranked = sorted(windows, key=lambda window: (-spoken[window], window.start))
    return tuple(window for window in ranked[:count] if spoken[window] >= LEAST_SPEECH)


def average_votes(votes: Sequence[Mapping[str, float]]) -> tuple[Guess, ...]:
    """The languages by their mean probability over windows, the likeliest first. `votes`: probabilities by code, one per window."""
    sums: dict[str, float] = {}
    for vote in votes:
        for code, probability in vote.items():
            sums[code] = sums.get(code, 0.0) + probability
    means = ((code, min(1.0, total / len(votes))) for code, total in sums.items())
    likely = sorted((mean for mean in means if mean[1] >= LEAST_PROBABILITY), key=lambda mean: (-mean[1], mean[0]))
    return tuple(Guess(tag_of(code), probability) for code, probability in likely)
