"""XTTS v2 through coqui-tts: its files, what a voice is to it, and sound from text in the two steps that it takes.

The first step draws latents (a row per 46 ms) from the text, the second makes a wave of them. Speaking faster is only a
matter of the second, so a pace costs a fraction of a take, and changes no word of it.
"""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipeline.engines.protocols import Wave
from pipeline.engines.torch import torch_device
from pipeline.engines.xtts import reference_clip
from pipeline.errors import EngineError, ModelMissing
from pipeline.models.model_identity import identify_weights
from pipeline.values.media import Artifact

if TYPE_CHECKING:
    import torch

log = logging.getLogger(__name__)

ENGINE = "xtts"
FILES = ("config.json", "vocab.json", "model.pth")
SPEAKERS = "speakers_xtts.pth"
REFERENCE_RATE, EMBEDDING_RATE = 22_050, 16_000  # Hz at which the two halves of a voice are computed
MARGIN = 0.9  # of the library's limit of characters: short of it, the model already hurries
SPARE_TOKENS = 4  # of the model's room for text, for its start, stop and language
# Raised by the libraries that spell numbers and kanji.
UNREADABLE = (RuntimeError, ArithmeticError, ValueError, LookupError, TypeError)

# Torch's generator belongs to the process: whoever draws from it must be alone, or the same order sounds different.
DRAWING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Sampling:
    """Sampling options: the options of the first step."""

    temperature: float = 0.7
    repetition_penalty: float = 5.0
    top_k: int = 50
    top_p: float = 0.85

    def __post_init__(self) -> None:
        if not (self.temperature > 0.0 and self.repetition_penalty >= 1.0 and self.top_k >= 1 and 0.0 < self.top_p <= 1.0):
            raise EngineError(
                ENGINE, f"{self} cannot be used; temperature, top_k and top_p are positive, repetition_penalty at least 1"
            )


@dataclass(frozen=True, slots=True)
class Timbre:
    """A voice as the model knows it: how it speaks, tensor (1, frames, channels), and how it sounds, (1, 512, 1)."""

    conditioning: "torch.Tensor"
    embedding: "torch.Tensor"


@dataclass(frozen=True, slots=True)
class Draw:
    """Sampled speech of a text: latents (1, frames, channels), and their sound at the natural pace.

    `ended`: whether the first step found the end by itself.
    """

    latents: NDArray[np.float32]
    natural: Wave
    ended: bool


class XttsModel:
    """One loaded model. EngineError where its files are not XTTS's."""

    def __init__(self, folder: Path, *, device: str) -> None:
        require_files(folder)
        self.digest = identify_weights(folder)
        self.device = torch_device.choose_device(device)
        self._model = torch_device.halve_batch_until_it_fits(lambda _: _load_model(folder, self.device), 1, engine=ENGINE)
        self.rate: int = self._model.config.audio.output_sample_rate
        self.languages = frozenset(str(language).partition("-")[0] for language in self._model.config.languages)
        self.studio = _studio(self._model)
        self._can_say = lru_cache(maxsize=20_000)(self._knows)

    def timbre(self, clip: Artifact) -> Timbre:
        """Speaker conditioning and embedding of a reference clip."""
        import torch

        config = self._model.config
        wave = reference_clip.read_reference_clip(clip, REFERENCE_RATE, longest=config.max_ref_len, engine=ENGINE)
        narrow = reference_clip.read_reference_clip(clip, EMBEDDING_RATE, longest=config.max_ref_len, engine=ENGINE)

        def condition(_: int) -> Timbre:
            return Timbre(
                self._model.get_gpt_cond_latents(
                    torch.from_numpy(wave)[None],
                    REFERENCE_RATE,
                    length=config.gpt_cond_len,
                    chunk_length=config.gpt_cond_chunk_len,
                ),
                self._model.get_speaker_embedding(torch.from_numpy(narrow)[None], EMBEDDING_RATE),
            )

        return torch_device.halve_batch_until_it_fits(condition, 1, engine=ENGINE)

    def draw(self, text: str, language: str, timbre: Timbre, *, seed: int, sampling: Sampling) -> Draw:
        """Latents for a text that `fits`. The same question gives the same answer, whoever else asks meanwhile."""
        import torch

        cards = [torch.device(self.device)] if self.device.startswith("cuda") else []

        def infer(_: int) -> Draw:
            with DRAWING, torch.random.fork_rng(devices=cards):
                torch.manual_seed(seed)
                answer = self._model.inference(
                    text,
                    language,
                    timbre.conditioning,
                    timbre.embedding,
                    temperature=sampling.temperature,
                    repetition_penalty=sampling.repetition_penalty,
                    top_k=sampling.top_k,
                    top_p=sampling.top_p,
                )
            latents = np.asarray(answer["gpt_latents"], np.float32)
            natural = np.asarray(answer["wav"], np.float32).reshape(-1)
            return Draw(latents, natural, ended=latents.shape[1] < self._model.gpt.max_gen_mel_tokens - 1)

        return torch_device.halve_batch_until_it_fits(infer, 1, engine=ENGINE)

    def wave(self, draw: Draw, timbre: Timbre, *, speed: float) -> Wave:
        """The sound of latents at `rate` Hz, `speed` times as fast, by the library's own way: rows in between."""
        if speed == 1.0:
            return draw.natural
        import torch

        def decode(_: int) -> Wave:
            with torch.inference_mode():
                rows = torch.from_numpy(draw.latents).to(self.device).transpose(1, 2)  # (1, channels, frames)
                latents = torch.nn.functional.interpolate(rows, scale_factor=1.0 / speed, mode="linear").transpose(1, 2)
                wave = self._model.hifigan_decoder(latents, g=timbre.embedding.to(self.device))
            return np.asarray(wave.cpu().numpy(), np.float32).reshape(-1)

        return torch_device.halve_batch_until_it_fits(decode, 1, engine=ENGINE)

    def fits(self, text: str, language: str) -> bool:
        """True where the model can read the text at once, in characters and in tokens. EngineError where it cannot be read."""
        if len(text) > MARGIN * self._model.tokenizer.char_limits.get(language, 250):
            return False
        return len(self._tokens(text, language)) < self._model.args.gpt_max_text_tokens - SPARE_TOKENS

    def sayable(self, text: str, language: str) -> str:
        """The text in letters that the model was taught: others lose their accents, or are left out."""
        import unicodedata

        said = []
        for letter in text:
            plain = next((one for one in unicodedata.normalize("NFKD", letter) if one.isalnum()), " ")
            said.append(letter if self._can_say(letter, language) else plain if self._can_say(plain, language) else " ")
        return " ".join("".join(said).split())

    def _knows(self, letter: str, language: str) -> bool:
        unknown = self._model.tokenizer.tokenizer.token_to_id("[UNK]")
        asked = f"1{letter}" if letter == "€" and language != "hi" else letter  # the library has words for it only there
        return letter.isspace() or unknown not in self._tokens(asked, language)

    def _tokens(self, text: str, language: str) -> list[int]:
        try:
            return list(self._model.tokenizer.encode(text.lower(), language))
        except ImportError as error:
            raise EngineError(
                ENGINE, f"{language} needs a package that is not installed ({error}); pip install 'coqui-tts[{language}]'"
            ) from error
        except UNREADABLE as error:
            reason = torch_device.first_line(error)
            raise EngineError(
                ENGINE, f"{text[:60]!r} cannot be read out in {language} ({reason}); write its numbers in words"
            ) from error


def require_files(folder: Path) -> None:
    """ModelMissing where a directory lacks a file of the model."""
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise ModelMissing(
            ENGINE, f"{folder} has no {' and no '.join(missing)}; give SYNTHESIZER_MODEL a directory of an XTTS v2 model"
        )


def _load_model(folder: Path, device: str) -> Any:
    import pickle

    from TTS.tts.configs.xtts_config import XttsConfig

    try:
        config = XttsConfig()
        config.load_json(str(folder / "config.json"))
        model = _model_class()(config)
        model.load_checkpoint(config, checkpoint_dir=folder, use_deepspeed=False)
    except (pickle.UnpicklingError, RuntimeError, OSError, LookupError, ValueError, TypeError, AttributeError) as error:
        words = str(error).lower()
        if any(sign in words for sign in (*torch_device.FULL, *torch_device.BROKEN)):
            raise
        raise EngineError(
            ENGINE,
            f"the model in {folder} cannot be loaded ({torch_device.first_line(error)}); download it again, or name another",
        ) from error
    return model.to(device)


def _model_class() -> type:
    """The library's class, which reads old checkpoints without writing them anew.

    The published checkpoint holds its configuration as objects. The library turns them into plain values and saves the
    file in place: several replicas at once, in a cache that names files by their content.
    """
    import torch
    from TTS.config.shared_configs import BaseDatasetConfig
    from TTS.tts.configs.xtts_config import XttsArgs, XttsAudioConfig, XttsConfig
    from TTS.tts.models.xtts import Xtts

    known = [XttsConfig, BaseDatasetConfig, XttsArgs, XttsAudioConfig]
    known += [(one, f"{Xtts.__module__}.{one.__name__}") for one in (XttsArgs, XttsAudioConfig)]  # where they once lived

    class ReadOnlyXtts(Xtts):  # type: ignore[misc]  # the library has no types
        def _load_checkpoint(self, model_path: Path) -> dict[str, Any]:
            with torch.serialization.safe_globals(known):
                return torch.load(model_path, map_location="cpu", weights_only=True)["model"]

    return ReadOnlyXtts


def _studio(model: Any) -> Mapping[str, Timbre]:
    """The voices that come with the model, by name."""
    if model.speaker_manager is None:
        return {}
    return {
        str(name): Timbre(voice["gpt_cond_latent"], voice["speaker_embedding"])
        for name, voice in model.speaker_manager.speakers.items()
    }
