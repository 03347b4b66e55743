"""Encoding detection of subtitle files: byte order mark, UTF-8, UTF-16 without a mark, else by charset-normalizer."""

import codecs

BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
SAMPLE_BYTES = 60_000  # of the file, from which the detector judges: its time grows with the length
MIN_ZERO_SHARE = 0.2  # of the bytes, for UTF-16 without a mark
CANDIDATES = ("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874", "koi8_r", "gb18030", "big5", "cp932", "euc_jp", "cp949")  # fmt: skip
MIN_SOUND_RATIO = 4  # characters beyond ASCII for each broken one, the latter counted among them
TWINS = {"cp1250": "iso8859_2", "cp1253": "iso8859_7"}
# Code pages of old subtitles by language: bytes alone tell pages that differ in few letters apart badly.
PAGES = {
    **dict.fromkeys(("en", "es", "fr", "it", "pt", "ca", "de", "nl", "sv", "da", "nb", "nn", "no", "fi", "is", "gl", "eu"), ("cp1252",)),
    **dict.fromkeys(("pl", "cs", "sk", "hu", "ro", "hr", "sl", "bs"), ("cp1250",)), **dict.fromkeys(("uk", "bg", "sr", "mk"), ("cp1251",)),
    "ru": ("cp1251", "koi8_r", "cp866", "iso8859_5"), "el": ("cp1253",), "tr": ("cp1254",), "he": ("cp1255",), "ar": ("cp1256",), "fa": ("cp1256",), "vi": ("cp1258",),
    "et": ("cp1257",), "lv": ("cp1257",), "lt": ("cp1257",), "th": ("cp874",), "zh": ("gb18030", "big5"), "ja": ("cp932", "euc_jp"), "ko": ("cp949",),
}  # fmt: skip


def decode_text(content: bytes, *, language: str | None = None) -> tuple[str, str | None]:
    """The text and the encoding that was guessed; None as the encoding where it is certain (a mark, UTF-8) and
    no byte is broken.

    `language`: BCP 47 where the file's name or tag tells it.
    """
    for mark, encoding in BOMS:
        if content.startswith(mark):
            text = content.decode(encoding, "replace").lstrip("\ufeff")
            return text, f"{encoding.removesuffix('-sig')} with broken bytes" if "\ufffd" in text else None
    sample = content[:SAMPLE_BYTES]
    if sample.count(0) > MIN_ZERO_SHARE * len(sample):
        encoding = "utf-16-le" if sample[1::2].count(0) >= sample[::2].count(0) else "utf-16-be"
        return content.decode(encoding, "replace"), encoding
    try:
        return content.decode("utf-8"), None
    except UnicodeDecodeError:
        pass
    text = content.decode("utf-8", "replace")
    if sum(ord(letter) > 127 for letter in text) > MIN_SOUND_RATIO * text.count("\ufffd"):  # a few broken bytes in UTF-8
        return text, "utf-8 with broken bytes"
    encoding = _detect(sample, PAGES.get((language or "").split("-")[0], CANDIDATES))
    encoding = _choose_twin(content, encoding)
    return content.decode(encoding, "replace"), encoding


def _choose_twin(content: bytes, encoding: str) -> str:
    """The ISO page beside a Windows page where the latter reads letters as symbols (`©»astnou` for `Šťastnou`)."""
    if encoding not in TWINS or any(0x80 <= byte <= 0x9F for byte in content):  # ISO pages have no characters there
        return encoding
    return min((encoding, TWINS[encoding]), key=lambda page: _count_symbols(content.decode(page, "replace")))


def _count_symbols(text: str) -> int:
    return sum(ord(letter) > 0xA0 and not letter.isalpha() for letter in text)


def _detect(sample: bytes, candidates: tuple[str, ...]) -> str:
    """The likeliest of the candidates, the first of about equally likely ones; the only one where there is one."""
    from charset_normalizer import from_bytes

    if len(candidates) == 1:
        return candidates[0]
    found = from_bytes(sample, cp_isolation=list(candidates))
    ranked = sorted(
        found, key=lambda match: (round(match.chaos, 1), -round(match.coherence, 1), candidates.index(match.encoding))
    )
    return ranked[0].encoding if ranked else candidates[0]
