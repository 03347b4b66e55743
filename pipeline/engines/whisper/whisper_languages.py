"""Languages of Whisper: BCP 47 tags and Whisper's codes, and language identification by votes of windows."""

from collections.abc import Mapping, Sequence

from pipeline.errors import LanguageError
from pipeline.text import languages
from pipeline.text.languages import Guess
from pipeline.values.timeline import Span

WHISPER_CODES = {"jv": "jw", "fil": "tl", "nb": "no"}  # BCP 47 → Whisper's, where they differ
CODE_LIST = (
    "af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha haw he hi hr ht hu hy id is it ja jw "
    "ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn no oc pa pl ps pt ro ru sa sd si sk sl sn so sq sr su "
    "sv sw ta te tg th tk tl tr tt uk ur uz vi yi yo yue zh"
)
CODES = frozenset(CODE_LIST.split())
LANGUAGES = frozenset(CODES - set(WHISPER_CODES.values()) | WHISPER_CODES.keys() | {"no"})  # BCP 47; films say both `no` and `nb`
UNSPACED = frozenset({"bo", "ja", "km", "lo", "my", "th", "yue", "zh"})  # codes of what is written without spaces between words

WINDOW_S = 30.0  # of audio that Whisper decodes at once
MIN_SPEECH_S = 1.0  # in a window; less does not identify its language
MIN_PROBABILITY = 0.01  # of a language that is listed


def to_whisper_code(language: str) -> str:
    """Convert a BCP 47 tag to Whisper's code; country and script are ignored. LanguageError for an unsupported language."""
    base = languages.base_language(language)
    if (code := WHISPER_CODES.get(base, base)) in CODES:
        return code
    for code in sorted(CODES):
        if languages.is_same_language(base, to_tag(code)):
            return code
    raise LanguageError(
        f"whisper does not know {languages.get_english_name(language)} ({language}); add subtitles, or choose another transcriber"
    )


def to_tag(code: str) -> str:
    """Convert Whisper's code to a BCP 47 tag."""
    return languages.require_tag(code)


def find_busiest_windows(speech: Sequence[Span], seconds: float, *, count: int) -> tuple[Span, ...]:
    """Find up to `count` windows of 30 s with the most speech, in order of speech. `speech`: disjoint spans within 0..`seconds`.

    Windows with less than a second of speech are left out: the answer may be empty.
    """
    windows = [
        Span(start, min(start + WINDOW_S, seconds))
        for start in (WINDOW_S * n for n in range(int(seconds // WINDOW_S) + 1))
        if start < seconds
    ]
    speech_seconds = {window: sum(window.overlap(span) for span in speech) for window in windows}
    ranked = sorted(windows, key=lambda window: (-speech_seconds[window], window.start))
    return tuple(window for window in ranked[:count] if speech_seconds[window] >= MIN_SPEECH_S)


def average_votes(votes: Sequence[Mapping[str, float]]) -> tuple[Guess, ...]:
    """Average the probabilities of languages over windows, the likeliest first. `votes`: probabilities by code, one per window."""
    sums: dict[str, float] = {}
    for vote in votes:
        for code, probability in vote.items():
            sums[code] = sums.get(code, 0.0) + probability
    means = ((code, min(1.0, total / len(votes))) for code, total in sums.items())
    likely = sorted((mean for mean in means if mean[1] >= MIN_PROBABILITY), key=lambda mean: (-mean[1], mean[0]))
    return tuple(Guess(to_tag(code), probability) for code, probability in likely)
