"""XTTS v2 through coqui-tts: voices from reference clips, latents sampled from text, waves decoded from latents.

An autoregressive model samples latents (a row per 46 ms) from the text, a vocoder decodes them. The pace is changed in the
vocoder alone, so another pace costs a fraction of a synthesis, and changes no word of it.
"""

import logging
import threading
from functools import lru_cache
from pathlib import Path

import numpy as np

from pipeline.engines.cloning import reference_clip
from pipeline.engines.protocols import Wave
from pipeline.engines.torch import torch_device
from pipeline.engines.xtts.sampling import ENGINE, SampledSpeech, SamplingOptions, Timbre
from pipeline.engines.xtts.xtts_checkpoint import list_studio_voices, load_model, require_files
from pipeline.errors import EngineError
from pipeline.models.model_identity import identify_weights
from pipeline.values.media import Artifact

log = logging.getLogger(__name__)

REFERENCE_RATE_HZ, EMBEDDING_RATE_HZ = 22_050, 16_000  # inputs of the conditioning latents and of the speaker embedding
MAX_CHARS_SHARE = 0.9  # of the library's character limit: just under the limit the model already hurries
SPARE_TOKENS = 4  # of the model's text length, for its start, stop and language tokens
# Raised by the libraries that spell numbers and kanji.
TOKENIZER_ERRORS = (RuntimeError, ArithmeticError, ValueError, LookupError, TypeError)

# Torch's random generator is global: concurrent sampling would change the answer to the same request.
SAMPLING_LOCK = threading.Lock()


class XttsModel:
    """One loaded model. EngineError if its files are not XTTS's."""

    def __init__(self, folder: Path, *, device: str) -> None:
        require_files(folder)
        self.digest = identify_weights(folder)
        self.device = torch_device.choose_device(device)
        self._model = torch_device.halve_batch_until_it_fits(lambda _: load_model(folder, self.device), 1, engine=ENGINE)
        self.rate: int = self._model.config.audio.output_sample_rate
        self.languages = frozenset(str(language).partition("-")[0] for language in self._model.config.languages)
        self.studio = list_studio_voices(self._model)
        self._has_letter = lru_cache(maxsize=20_000)(self._has_tokens_for)

    def encode_voice(self, clip: Artifact) -> Timbre:
        """Compute the conditioning latents and speaker embedding of a reference clip."""
        import torch

        config = self._model.config
        wave = reference_clip.read_reference_clip(clip, REFERENCE_RATE_HZ, longest=config.max_ref_len, engine=ENGINE)
        narrow = reference_clip.read_reference_clip(clip, EMBEDDING_RATE_HZ, longest=config.max_ref_len, engine=ENGINE)

        def condition(_: int) -> Timbre:
            return Timbre(
                self._model.get_gpt_cond_latents(
                    torch.from_numpy(wave)[None],
                    REFERENCE_RATE_HZ,
                    length=config.gpt_cond_len,
                    chunk_length=config.gpt_cond_chunk_len,
                ),
                self._model.get_speaker_embedding(torch.from_numpy(narrow)[None], EMBEDDING_RATE_HZ),
            )

        return torch_device.halve_batch_until_it_fits(condition, 1, engine=ENGINE)

    def sample_speech(self, text: str, language: str, timbre: Timbre, *, seed: int, sampling: SamplingOptions) -> SampledSpeech:
        """Sample latents for a text that `can_read` accepts. The same arguments give the same answer, under concurrency too."""
        import torch

        cards = [torch.device(self.device)] if self.device.startswith("cuda") else []

        def infer(_: int) -> SampledSpeech:
            with SAMPLING_LOCK, torch.random.fork_rng(devices=cards):
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
            return SampledSpeech(latents, natural, ended=latents.shape[1] < self._model.gpt.max_gen_mel_tokens - 1)

        return torch_device.halve_batch_until_it_fits(infer, 1, engine=ENGINE)

    def decode_wave(self, speech: SampledSpeech, timbre: Timbre, *, speed: float) -> Wave:
        """Decode latents to a wave at `rate` Hz, `speed` times as fast, by interpolating rows as the library does."""
        if speed == 1.0:
            return speech.natural
        import torch

        def decode(_: int) -> Wave:
            with torch.inference_mode():
                rows = torch.from_numpy(speech.latents).to(self.device).transpose(1, 2)  # (1, channels, frames)
                latents = torch.nn.functional.interpolate(rows, scale_factor=1.0 / speed, mode="linear").transpose(1, 2)
                wave = self._model.hifigan_decoder(latents, g=timbre.embedding.to(self.device))
            return np.asarray(wave.cpu().numpy(), np.float32).reshape(-1)

        return torch_device.halve_batch_until_it_fits(decode, 1, engine=ENGINE)

    def can_read(self, text: str, language: str) -> bool:
        """True if the text is within the model's limits of characters and tokens. EngineError if it cannot be tokenized."""
        if len(text) > MAX_CHARS_SHARE * self._model.tokenizer.char_limits.get(language, 250):
            return False
        return len(self._encode_text(text, language)) < self._model.args.gpt_max_text_tokens - SPARE_TOKENS

    def replace_unknown_letters(self, text: str, language: str) -> str:
        """Replace letters outside the model's vocabulary by those without accents, or by a space."""
        import unicodedata

        replaced = []
        for letter in text:
            plain = next((one for one in unicodedata.normalize("NFKD", letter) if one.isalnum()), " ")
            replaced.append(letter if self._has_letter(letter, language) else plain if self._has_letter(plain, language) else " ")
        return " ".join("".join(replaced).split())

    def _has_tokens_for(self, letter: str, language: str) -> bool:
        unknown = self._model.tokenizer.tokenizer.token_to_id("[UNK]")
        asked = f"1{letter}" if letter == "€" and language != "hi" else letter  # the library has words for it only there
        return letter.isspace() or unknown not in self._encode_text(asked, language)

    def _encode_text(self, text: str, language: str) -> list[int]:
        try:
            return list(self._model.tokenizer.encode(text.lower(), language))
        except ImportError as error:
            raise EngineError(
                ENGINE, f"{language} needs a package that is not installed ({error}); pip install 'coqui-tts[{language}]'"
            ) from error
        except TOKENIZER_ERRORS as error:
            reason = torch_device.first_line(error)
            raise EngineError(
                ENGINE, f"{text[:60]!r} cannot be read out in {language} ({reason}); write its numbers in words"
            ) from error
