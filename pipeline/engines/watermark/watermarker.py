"""Watermarker protocol, and the message that every watermark of Dubarr carries."""

from typing import Protocol

from pipeline.engines.protocols import Engine, Wave

MESSAGE = "DU"  # two ASCII characters, the most significant bit first: 01000100 01010101, hexadecimal 4455
MESSAGE_BITS = tuple(int(bit) for character in MESSAGE.encode("ascii") for bit in f"{character:08b}")


class Watermarker(Engine, Protocol):
    """Audio watermarking of speech, in process. Its `fingerprint` holds the weights and the message."""

    def mark(self, wave: Wave, rate: int) -> Wave:
        """Add the watermark to a take. `wave`: mono, at `rate` Hz; the answer is as long. Thread-safe. EngineError."""
        ...


def format_bits(bits: tuple[int, ...]) -> str:
    """A message as hexadecimal digits, such as 4455."""
    return f"{int(''.join(map(str, bits)), 2):0{len(bits) // 4}x}"


def format_message(bits: tuple[int, ...]) -> str:
    """A detected message for people: our characters, else hexadecimal digits."""
    return MESSAGE if bits == MESSAGE_BITS else format_bits(bits)
