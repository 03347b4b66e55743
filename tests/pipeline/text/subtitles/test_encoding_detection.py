"""Encodings of subtitle files: what old files are in is detected, with and without the language told."""

import pytest

from pipeline.text.subtitles.encoding_detection import decode_text

SAMPLES = [
    ("cp1251", "ru", "Привет, как дела? Я думаю, что мы опоздаем на поезд.\nГде мой чемодан? Он уже на вокзале."),
    ("koi8_r", "ru", "Привет, как дела? Я думаю, что мы опоздаем на поезд.\nГде мой чемодан? Он уже на вокзале."),
    ("cp1250", "pl", "Cześć, źle się czuję, chciałbym wrócić do domu jeszcze dziś.\nGdzie są moje rzeczy? Już je spakowałem."),
    ("cp1252", "es", "¿Dónde está mañana el señor? Él comió piña.\n¡Qué corazón más pequeño! Adiós, niño."),
    ("cp1252", "fr", "Où étiez-vous hier, à l'hôtel ? C'est ça, très bien.\nJe préfère le café sans crème, s'il vous plaît."),
    ("cp932", "ja", "おはようございます。列車は正午に出発します。\n荷物はもうまとめてあります。"),
    ("big5", "zh", "早上好。火車中午出發。\n我的行李已經收拾好了。你昨晚給你哥哥打電話了嗎？"),
    ("gb18030", "zh", "早上好。火车中午出发。\n我的行李已经收拾好了。你昨晚给你哥哥打电话了吗？"),
    ("cp1253", "el", "Καλημέρα. Το τρένο φεύγει το μεσημέρι.\nΗ βαλίτσα μου είναι ήδη έτοιμη."),
]


@pytest.mark.parametrize(("encoding", "language", "text"), SAMPLES)
@pytest.mark.parametrize("is_told", [True, False])
def test_code_pages_are_detected(encoding: str, language: str, text: str, is_told: bool) -> None:
    decoded, guessed = decode_text((text * 6).encode(encoding), language=language if is_told else None)
    assert decoded == text * 6
    assert guessed is not None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_certain(encoding: str) -> None:
    assert decode_text("¿Qué? 早上好".encode(encoding)) == ("¿Qué? 早上好", None)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_found(encoding: str) -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\nGood morning.\n"
    assert decode_text(text.encode(encoding)) == (text, encoding)


def test_broken_bytes_after_a_mark_are_told() -> None:
    assert decode_text(b"\xef\xbb\xbfno\xf6n") == ("no\ufffdn", "utf-8 with broken bytes")
    assert decode_text(b"\xff\xfeh\x00i\x00") == ("hi", None)


def test_utf_8_with_a_broken_byte_stays_utf_8_and_is_told() -> None:
    shown = "¿Llamaste a tu hermano? El año próximo, sí. Mañana será otro día."
    broken = shown.encode().replace(b"El ", b"El \xff ")
    assert decode_text(broken, language="es") == (shown.replace("El ", "El \ufffd "), "utf-8 with broken bytes")


@pytest.mark.parametrize(
    ("encoding", "language", "text"),
    [
        ("iso8859_2", "cs", "Šťastnou cestu, žena řekla."),
        ("iso8859_7", "el", "Άκουσες τον αδερφό σου;"),
        ("cp1250", "pl", "Mają wąż."),
        ("cp1250", "cs", "Šťastnou cestu, žena řekla."),
        ("cp1253", "el", "Άκουσες τον αδερφό σου;"),
    ],
)
def test_windows_and_iso_pages_of_a_language_are_told_apart(encoding: str, language: str, text: str) -> None:
    assert decode_text(text.encode(encoding), language=language) == (text, encoding)
