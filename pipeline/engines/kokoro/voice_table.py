"""Voice table of Kokoro by language: voice packs, measured pitch, speaker embedding and intelligibility.

`voices.json` beside this file is made by `python -m tools.benchmarks.kokoro_voices`.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.engines.kokoro.kokoro_model import Packs
from pipeline.text import languages
from pipeline.values.timeline import Register

TABLE_PATH = Path(__file__).with_name("voices.json")


@dataclass(frozen=True, slots=True)
class MeasuredVoice:
    """One voice in one language. `pitch`: median F0 in Hz. `embedding`: GE2E, (256,), length 1.

    `wer`: word error rate of a round trip through Whisper base at the natural pace.
    """

    name: str
    packs: Packs
    pitch: float
    wer: float
    embedding: NDArray[np.float32]

    @property
    def register(self) -> Register:
        """Low for a man's timbre, high for a woman's, by the second letter of the pack's name."""
        return Register.HIGH if self.packs.timbre[1:2] == "f" else Register.LOW

    def cosine_similarity(self, other: "MeasuredVoice") -> float:
        """Cosine similarity of the speaker embeddings: under .80 they are clearly two people."""
        return float(self.embedding @ other.embedding)


@lru_cache(maxsize=1)
def load_voices() -> Mapping[str, tuple[MeasuredVoice, ...]]:
    """Language (BCP 47, without country) → its voices, the best first."""
    return read_table(TABLE_PATH)


def read_table(path: Path) -> Mapping[str, tuple[MeasuredVoice, ...]]:
    """The voices of a table's file, by language."""
    table = json.loads(path.read_text("utf-8"))
    return {language: tuple(_parse_row(row) for row in rows) for language, rows in table.items()}


def digest_table() -> str:
    """Digest of the table, for fingerprints: another order, or other packs under a name, are other voices."""
    return hashlib.blake2b(TABLE_PATH.read_bytes(), digest_size=6).hexdigest()


def find_voices(language: str) -> tuple[MeasuredVoice, ...]:
    """The voices of a language, those with its country's accent first; none if it is not supported. LanguageError for an invalid tag."""
    tag = languages.require_tag(language)
    found = load_voices().get(languages.base_language(tag), ())
    return tuple(sorted(found, key=lambda voice: not voice.packs.prosody.startswith("b"))) if tag == "en-GB" else found


def format_table(language_voices: Mapping[str, tuple[MeasuredVoice, ...]]) -> str:
    """The table in the format of `voices.json`: a line per voice."""
    blocks = []
    for language, found in language_voices.items():
        lines = ",\n    ".join(json.dumps(_format_row(voice), ensure_ascii=False) for voice in found)
        blocks.append(f'  "{language}": [\n    {lines}\n  ]')
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def _format_row(voice: MeasuredVoice) -> dict[str, object]:
    quantized = np.round(voice.embedding * (255.0 / voice.embedding.max())).astype(np.uint8)  # GE2E's are never negative
    return {
        "name": voice.name,
        "packs": [voice.packs.timbre, voice.packs.prosody, voice.packs.pitch],
        "pitch": round(voice.pitch, 1),
        "wer": round(voice.wer, 3),
        "embedding": base64.b64encode(quantized.tobytes()).decode("ascii"),
    }


def _parse_row(row: Mapping[str, Any]) -> MeasuredVoice:
    embedding = np.frombuffer(base64.b64decode(row["embedding"]), np.uint8).astype(np.float32)
    unit = embedding / np.linalg.norm(embedding)
    return MeasuredVoice(row["name"], Packs(*row["packs"]), row["pitch"], row["wer"], unit)
