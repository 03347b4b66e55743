"""wav2vec2 models of forced alignment by whisperx: one per language, loaded when first needed, the last two kept."""

import atexit
import hashlib
import logging
import pickle
import shutil
import tempfile
import urllib.error
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.engines.protocols import Wave
from pipeline.engines.torch import torch_device
from pipeline.engines.whisper.whisper_languages import UNSPACED
from pipeline.engines.whisper.whisper_words import Token, match_tokens, split_tokens
from pipeline.errors import ModelMissing
from pipeline.models.model_hub import Hub
from pipeline.models.model_identity import identify_weights
from pipeline.values.media import SPEECH_RATE_HZ

if TYPE_CHECKING:
    from torch.nn import Module

log = logging.getLogger(__name__)

# Languages of the library's own table, BCP 47: known without importing it.
LANGUAGES = frozenset(
    [
        "ar",
        "ca",
        "cs",
        "da",
        "de",
        "el",
        "en",
        "es",
        "eu",
        "fa",
        "fi",
        "fil",
        "fr",
        "gl",
        "he",
        "hi",
        "hr",
        "hu",
        "id",
        "it",
        "ja",
        "ka",
        "ko",
        "lv",
        "ml",
        "nb",
        "nl",
        "nn",
        "no",
        "pl",
        "pt",
        "ro",
        "ru",
        "sk",
        "sl",
        "sv",
        "te",
        "tr",
        "uk",
        "ur",
        "vi",
        "zh",
    ]
)
MAX_LOADED_MODELS = 2  # the languages of one film; a large model takes 1.3 GB
CHARACTER_CODE = "zh"  # for which the library aligns characters instead of words
PUNKT_FILES = ("collocations.tab", "sent_starters.txt", "abbrev_types.txt", "ortho_context.tab")


@dataclass(slots=True)
class Aligners:
    """Alignment models by Whisper's language code. `named` goes before `model`, one for every language, and the library's own table.

    An empty name: no alignment for this language. `engine`: for errors and the log. `revision`: of `model`.
    """

    device: str
    hub: Hub
    named: Mapping[str, str] = field(default_factory=dict)
    engine: str = "whisperx"
    model: str = ""
    revision: str | None = None
    _loaded: "OrderedDict[str, tuple[Module, dict[str, Any]]]" = field(default_factory=OrderedDict)
    _warned: set[str] = field(default_factory=set)

    def find_model_name(self, code: str) -> str:
        """Name of the model of a language, "" if there is none."""
        return self.named[code] if code in self.named else self.model or _list_default_models().get(code, "")

    def compute_fingerprint(self) -> str:
        """Digest of every model's name, or of its files if it is a local directory."""
        models = {code: self.find_model_name(code) for code in sorted({*_list_default_models(), *self.named})}
        if self.revision:
            models["revision"] = self.revision
        folders = {code: self.hub.find_folder(name) for code, name in models.items() if name}
        known = [
            f"{code} {identify_weights(folder) if (folder := folders.get(code)) else name}\n" for code, name in models.items()
        ]
        return hashlib.blake2b("".join(known).encode(), digest_size=6).hexdigest()

    def time_tokens(self, text: str, code: str, wave: Wave, *, keep: int = MAX_LOADED_MODELS) -> tuple[Token, ...]:
        """Align the words of `text`, or its characters in scripts without spaces, in seconds from the start of `wave`.

        The tokens have no times if there is no model for the language, or the alignment fails. `keep`: number of models that
        may stay loaded. ModelMissing if a model cannot be fetched.
        """
        spaced = code not in UNSPACED
        plain = split_tokens(text, spaced=spaced)
        if not self.find_model_name(code):
            if code not in self._warned:
                self._warned.add(code)
                log.warning(
                    "engine=%s no alignment model for %r: its words have no times of their own; name one in aligners",
                    self.engine,
                    code,
                )
            return plain
        found = match_tokens(plain, self._align(text, code, wave, keep))
        if found is None:
            log.info("engine=%s could not be aligned, the words have no times of their own: %.80s", self.engine, text)
        return found or plain

    def _align(self, text: str, code: str, wave: Wave, keep: int) -> tuple[Token, ...]:
        import whisperx

        model, metadata = self._get_model(code, keep)
        segment = {"text": text, "start": 0.0, "end": len(wave) / SPEECH_RATE_HZ}
        answer = whisperx.align([segment], model, metadata, wave, self.device)
        return tuple(_to_token(word) for word in answer["word_segments"])

    def _get_model(self, code: str, keep: int) -> tuple["Module", dict[str, Any]]:
        """The model of a language, loaded if needed; of the others the `keep` - 1 most recently used stay loaded."""
        if code in self._loaded:
            self._loaded.move_to_end(code)
        others = [other for other in self._loaded if other != code]
        if gone := others[: max(0, len(others) - (keep - 1))]:
            for other in gone:
                del self._loaded[other]
            torch_device.free_memory()
        if code not in self._loaded:
            self._loaded[code] = self._load_model(code)
        return self._loaded[code]

    def _load_model(self, code: str) -> tuple["Module", dict[str, Any]]:
        import torchaudio
        import whisperx

        _provide_punkt()
        name = self.find_model_name(code)
        setting = f"aligners: {code}"
        bundled = name in torchaudio.pipelines.__all__ and not self.hub.find_folder(name)
        place = name if bundled else str(self._fetch_folder(name, setting))
        weights = str(self.hub.folder / "torchaudio") if self.hub.folder else None
        log.info("engine=%s loads the alignment model %s for %r", self.engine, name, code)
        try:
            model, metadata = whisperx.load_align_model(code, self.device, model_name=place, model_dir=weights)
        except (urllib.error.URLError, TimeoutError) as error:
            raise ModelMissing(
                self.engine,
                f"the alignment model {name} cannot be fetched ({error}); put its file into MODELS_DIR/torchaudio, "
                f"name a directory in {setting}, or give that an empty name to do without",
            ) from error
        except (
            OSError,
            ValueError,
            EOFError,
            pickle.UnpicklingError,
        ) as error:  # the library words every failure of a directory as ValueError
            raise ModelMissing(self.engine, f"{place} is no wav2vec2 model for alignment ({error}); check {setting}") from error
        return model, {**metadata, "language": CHARACTER_CODE if code in UNSPACED else code}

    def _fetch_folder(self, name: str, setting: str) -> Path:
        revision = self.revision if name == self.model else None
        folder = self.hub.fetch_folder(name, engine=self.engine, setting=setting, revision=revision)
        return _require_files(folder, setting, self.engine)


def _require_files(folder: Path, setting: str, engine: str) -> Path:
    """Validate a model folder: ModelMissing if it lacks a file, which the library would fetch from the hub."""
    missing = [name for name in ("config.json", "preprocessor_config.json", "vocab.json") if not (folder / name).is_file()]
    if not any((folder / name).is_file() for name in ("model.safetensors", "pytorch_model.bin")):
        missing.append("model.safetensors")
    if missing:
        raise ModelMissing(
            engine, f"{folder} is no wav2vec2 model for alignment: it has no {', '.join(missing)}; check {setting}"
        )
    return folder


def _list_default_models() -> dict[str, str]:
    from whisperx.alignment import DEFAULT_ALIGN_MODELS_HF, DEFAULT_ALIGN_MODELS_TORCH

    return {**DEFAULT_ALIGN_MODELS_HF, **DEFAULT_ALIGN_MODELS_TORCH}


def _to_token(word: Mapping[str, Any]) -> Token:
    score = word.get("score")
    return Token(
        word["word"],
        float(word["start"]) if "start" in word else None,
        float(word["end"]) if "end" in word else None,
        min(1.0, max(0.0, float(score))) if score is not None else None,
    )


@lru_cache(maxsize=1)
def _provide_punkt() -> None:
    """Provide nltk with empty Punkt sentence models, or it would download them; the sentence boundaries are not used."""
    import nltk
    from whisperx.utils import PUNKT_LANGUAGES

    folder = Path(tempfile.mkdtemp(prefix="dubarr-punkt-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for language in {"english", *PUNKT_LANGUAGES.values()}:
        place = folder / "tokenizers" / "punkt_tab" / language
        _make_private_folders(folder, place)
        for name in PUNKT_FILES:
            (place / name).touch(mode=0o600)
    nltk.data.path.append(str(folder))  # last: installed ones go before


def _make_private_folders(root: Path, place: Path) -> None:
    """Create folders with mode 700 regardless of the umask: nltk rejects folders that others can write to."""
    for parent in reversed([place, *place.parents]):
        if root in parent.parents:
            parent.mkdir(mode=0o700, exist_ok=True)
