"""Languages of Qwen3 forced aligners by BCP 47 tag, and the names by which their library knows them."""

from collections.abc import Collection, Iterable

from pipeline.text import languages

# All names of qwen-asr 0.0.6; a model has some of them.
NAMES = {
    "ar": "Arabic", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish",
    "fa": "Persian", "fi": "Finnish", "fil": "Filipino", "fr": "French", "hi": "Hindi", "hu": "Hungarian", "id": "Indonesian",
    "it": "Italian", "ja": "Japanese", "ko": "Korean", "mk": "Macedonian", "ms": "Malay", "nl": "Dutch", "pl": "Polish",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sv": "Swedish", "th": "Thai", "tr": "Turkish",
    "vi": "Vietnamese", "yue": "Cantonese", "zh": "Chinese",
}  # fmt: skip
# Of the published model, Qwen3-ForcedAligner-0.6B, as its package lists them.
LANGUAGES = frozenset({"de", "en", "es", "fr", "it", "ja", "ko", "pt", "ru", "yue", "zh"})


def find_tags(names: Iterable[str]) -> frozenset[str]:
    """Find the tags of languages by the library's names, in any case; names that it does not list are left out."""
    wanted = {name.strip().lower() for name in names}
    return frozenset(tag for tag, name in NAMES.items() if name.lower() in wanted)


def find_name(language: str, among: Collection[str]) -> str | None:
    """Find the library's name of a language; None where neither the tag nor its base language is in `among`. LanguageError."""
    tag = languages.require_tag(language)
    return next((NAMES[each] for each in (tag, languages.base_language(tag)) if each in among), None)
