"""Audio of a speech server's answer: WAV, FLAC or headerless PCM, decoded to a mono wave. Every byte is checked.

NoResponse for an answer that is broken or something else than audio: the request is worth a retry.
"""

import io
import re
import struct

import numpy as np

from pipeline.engines.openai_api.http_client import NoResponse, Response
from pipeline.engines.protocols import Wave
from pipeline.engines.speakers.audio_input import mix_to_mono
from pipeline.engines.speech_api.speech_request import AudioFormat

MIN_RATE_HZ, MAX_RATE_HZ = 8_000, 192_000
MAX_CHANNELS = 8
STREAMED_SIZE = 0x7FFF_F000  # of a chunk: from here on a streaming server's stand-in for a length that it did not know
MAX_CHUNKS = 64  # before a WAV file's samples
RATE_PARAMETER = re.compile(r"\brate=(\d{4,6})\b")
# First bytes of other formats, for the error.
OTHER_FORMATS = ((b"ID3", "MP3"), (b"\xff\xfb", "MP3"), (b"\xff\xf3", "MP3"), (b"OggS", "Ogg"), (b"\xff\xf1", "AAC"))
TEXT_TYPES = ("text/", "application/json", "application/problem+json", "application/xml")


def decode_speech(response: Response, form: AudioFormat, pcm_rate: int) -> tuple[Wave, int]:
    """Decode an answer: mono wave and its rate in Hz. Known by its first bytes; without a header it is PCM if that was requested."""
    body, content_type = response.body, response.headers.get("content-type", "").lower()
    if not body:
        raise NoResponse("its answer is empty")
    if body.startswith(b"RIFF"):
        _require_whole_wav(body)
        return _decode_file(body)
    if body.startswith(b"fLaC"):
        return _decode_file(body)
    if content_type.startswith(TEXT_TYPES):
        raise NoResponse(f"its answer is {content_type.partition(';')[0]}, not audio")
    if other := next((name for start, name in OTHER_FORMATS if body.startswith(start)), ""):
        raise NoResponse(f"its answer is {other}, though {form} was requested")
    if form != "pcm":
        raise NoResponse(f"its answer is neither WAV nor FLAC ({content_type or 'of no type'})")
    given = RATE_PARAMETER.search(content_type)
    return _decode_pcm(body, int(given[1]) if given else pcm_rate)


def _decode_pcm(body: bytes, rate: int) -> tuple[Wave, int]:
    """Decode 16-bit little-endian mono samples."""
    if len(body) % 2 or not MIN_RATE_HZ <= rate <= MAX_RATE_HZ:
        raise NoResponse(f"its answer is no 16-bit PCM ({len(body)} bytes at {rate} Hz)")
    return np.frombuffer(body, "<i2").astype(np.float32) / np.float32(32_768), rate


def _decode_file(body: bytes) -> tuple[Wave, int]:
    """Decode a WAV or FLAC file to its last sample."""
    import soundfile

    try:
        with soundfile.SoundFile(io.BytesIO(body)) as file:
            rate, channels, frames = file.samplerate, file.channels, file.frames
            if not MIN_RATE_HZ <= rate <= MAX_RATE_HZ or not 1 <= channels <= MAX_CHANNELS:
                raise NoResponse(f"its audio has {channels} channels at {rate} Hz")
            samples = file.read(dtype="float32", always_2d=True)  # (frames, channels)
            is_streamed = file.format == "WAV" or not frames  # its length may be a stand-in, and was checked before
    except (soundfile.LibsndfileError, RuntimeError, ValueError) as error:
        raise NoResponse(f"its audio cannot be read ({error})") from error
    if len(samples) < frames and not is_streamed:
        raise NoResponse(f"its audio breaks off after {len(samples) / rate:.2f} of {frames / rate:.2f} s")
    wave = mix_to_mono(samples) if len(samples) else np.zeros(0, np.float32)
    return np.clip(np.nan_to_num(wave, posinf=1.0, neginf=-1.0), -1.0, 1.0), rate


def _require_whole_wav(body: bytes) -> None:
    """Require all samples that a WAV file's header announces: libsndfile reads what there is. NoResponse where some are missing."""
    at = 12
    for _ in range(MAX_CHUNKS):
        if at + 8 > len(body):
            break
        name, size = struct.unpack_from("<4sI", body, at)
        if name == b"data":
            if size < STREAMED_SIZE and at + 8 + size > len(body):
                raise NoResponse(f"its audio breaks off: {len(body) - at - 8} of {size} bytes")
            return
        at += 8 + size + size % 2
    raise NoResponse("its WAV file has no samples")
