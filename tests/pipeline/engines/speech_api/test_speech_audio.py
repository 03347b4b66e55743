"""Audio of answers: whole files are decoded, anything else is told."""

import io
import struct

import numpy as np
import pytest
import soundfile

from pipeline.engines.openai_api.http_client import NoResponse, Response
from pipeline.engines.speech_api.speech_audio import decode_speech

WAVE = (np.sin(np.arange(4_800) / 8) / 2).astype(np.float32)


def written(form: str, *, rate: int = 24_000, channels: int = 1, subtype: str = "PCM_16") -> bytes:
    file = io.BytesIO()
    soundfile.write(file, np.repeat(WAVE[:, None], channels, axis=1), rate, format=form, subtype=subtype)
    return file.getvalue()


def decode(body: bytes, form: str = "wav", content_type: str = "audio/wav") -> tuple[np.ndarray, int]:
    return decode_speech(Response(200, body, {"content-type": content_type}), form, 24_000)  # type: ignore[arg-type]


def streamed(size: int) -> bytes:
    """A WAV file whose header was written before its length was known."""
    body = written("WAV")
    return body[:4] + struct.pack("<I", size) + body[8:40] + struct.pack("<I", size) + body[44:]


@pytest.mark.parametrize(
    "body",
    [
        written("WAV"),
        written("WAV", subtype="FLOAT"),
        written("FLAC"),
        written("WAV", channels=2),
        streamed(0xFFFF_FFFF),
        streamed(0x7FFF_FFFF),
    ],
    ids=["wav", "float", "flac", "stereo", "streamed", "streamed signed"],
)
def test_a_whole_file_is_decoded(body: bytes) -> None:
    wave, rate = decode(body, content_type="application/octet-stream")
    assert rate == 24_000 and wave.shape == WAVE.shape and np.abs(wave - WAVE).max() < 1e-4


def test_pcm_is_decoded_at_the_rate_that_it_names_or_that_is_known() -> None:
    body = (WAVE * 32_767).astype("<i2").tobytes()
    assert decode(body, "pcm", "audio/pcm")[1] == 24_000
    assert decode(body, "pcm", "audio/L16; rate=16000; channels=1")[1] == 16_000


@pytest.mark.parametrize(
    ("body", "form", "content_type", "message"),
    [
        (b"", "wav", "audio/wav", "empty"),
        (written("WAV")[:3_000], "wav", "audio/wav", "breaks off"),
        (written("FLAC")[:2_000], "flac", "audio/flac", "breaks off|cannot be read"),
        (b"RIFF\x00\x00\x00\x00WAVE", "wav", "audio/wav", "no samples"),
        (b"RIFF" + b"\x00" * 2_000, "wav", "audio/wav", "no samples"),
        (b"fLaC" + b"\xff" * 500, "flac", "audio/flac", "cannot be read"),
        (b'{"error": 1}', "pcm", "application/json; charset=utf-8", "application/json, not audio"),
        (b"ID3\x04" + b"\x00" * 50, "wav", "audio/mpeg", "MP3, though wav was requested"),
        (b"\x01\x02\x03", "pcm", "audio/pcm", "no 16-bit PCM"),
        (b"\x01\x02", "pcm", "audio/pcm;rate=999999", "no 16-bit PCM"),
        (b"\x00" * 100, "wav", "audio/wav", "neither WAV nor FLAC"),
        (written("WAV", rate=4_000), "wav", "audio/wav", "at 4000 Hz"),
        (written("WAV", channels=12), "wav", "audio/wav", "12 channels"),
    ],
)
def test_anything_else_is_worth_another_try(body: bytes, form: str, content_type: str, message: str) -> None:
    with pytest.raises(NoResponse, match=message):
        decode(body, form, content_type)


def test_values_that_are_no_samples_become_silence_or_full_scale() -> None:
    file = io.BytesIO()
    soundfile.write(file, np.array([np.nan, np.inf, -np.inf, 9.0, 0.5], np.float32), 24_000, format="WAV", subtype="FLOAT")
    assert decode(file.getvalue())[0].tolist() == [0.0, 1.0, -1.0, 1.0, 0.5]
