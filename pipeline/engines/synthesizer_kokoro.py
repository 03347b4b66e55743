"""Speech by Kokoro-82M: natural voices on a CPU, that last exactly as long as they are asked to.

espeak-ng gives the phonemes; the model foretells how long each lasts, which is spread over the wished time before
anything is spoken; what is spoken is trimmed to the sample. The same text gives the same samples.
"""

from collections.abc import Sequence

from pipeline.engines.kokoro import casting, voice_table
from pipeline.engines.kokoro.kokoro_model import KokoroModel, Packs
from pipeline.engines.kokoro.onnx_graphs import ENGINE
from pipeline.engines.kokoro.phonemes import to_phonemes
from pipeline.engines.kokoro.utterance_synthesis import Rates, Utterances
from pipeline.engines.protocols import SynthesizedSpeech
from pipeline.errors import EngineError, LanguageError
from pipeline.models import model_identity
from pipeline.models.model_hub import Hub
from pipeline.text import languages
from pipeline.values.engine_requirements import EngineRequirements
from pipeline.values.timeline import Speaker, Voice

MODEL = "kokoro-82m"
SLOWEST = 0.8  # of the natural pace; beyond, it drawls
FASTEST = 1.3  # beyond, words are lost
FASTEST_IN = {"es": 1.6}  # where more was measured to be understood
ACCENTS = {"es": "es", "fr": "fr-fr", "it": "it", "pt": "pt-br", "ca": "ca", "de": "de"}  # espeak-ng's names
VERSION = "speak=1;cast=1"  # of what this engine's code makes of the model's answers


class KokoroSynthesizer:
    """Synthesizer with 24 kHz voices; does not clone. Meets a wished duration within 25 ms from 0.8 to 1.3 of its own pace."""

    requirements = EngineRequirements(
        licence="Apache-2.0 (weights and voices), MIT (export); phonemes by espeak-ng (GPL-3.0-or-later, a program)",
        extra="embedded",
        modules=("onnxruntime",),
        model=MODEL,
        models=(MODEL,),
    )
    clones = False
    concurrency = 2  # calls in one session, a thread each: on two cores faster than one call with two threads

    def __init__(self, model: str = MODEL, *, hub: Hub | None = None) -> None:
        folder = (hub or Hub()).fetch_folder(model, engine=ENGINE, setting="SYNTHESIZER_MODEL")
        self._utterances = Utterances(KokoroModel(folder))
        self.fingerprint = (
            f"{ENGINE};model={model_identity.identify_weights(folder)};voices={voice_table.digest_table()};"
            f"rates={SLOWEST}-{FASTEST},{FASTEST_IN};{VERSION}"
        )

    @staticmethod
    def languages() -> frozenset[str]:
        """BCP 47 tags that it speaks well enough to be understood."""
        return frozenset(voice_table.load_voices())

    def cast(self, speakers: Sequence[Speaker], *, language: str) -> tuple[Voice, ...]:
        """One voice per speaker: of the speaker's register, near its pitch, and unlike the voices of the others."""
        chosen = casting.cast_voices(speakers, _voices_of(language))
        return tuple(Voice(speaker.label, voice.name, voice.pitch) for speaker, voice in zip(speakers, chosen, strict=True))

    def voices(self, *, language: str) -> tuple[str, ...]:
        """Its voices in this language, those that are understood best first."""
        return tuple(voice.name for voice in _voices_of(language))

    def seconds(self, text: str, voice: Voice, *, language: str) -> float | None:
        """Predicted duration of the text at the voice's natural pace, without synthesis. EngineError as `speak`."""
        packs = _packs_of(voice, language)
        return self._utterances.seconds(to_phonemes(text, choose_accent(language, packs)), packs)

    def speak(self, text: str, voice: Voice, *, language: str, seconds: float | None) -> SynthesizedSpeech:
        """Speak at the natural pace, or for `seconds` as far as the language's fastest and slowest pace go.

        EngineError where nothing is said.
        """
        packs = _packs_of(voice, language)
        rates = Rates(SLOWEST, FASTEST_IN.get(languages.base_language(language), FASTEST))
        return self._utterances.speak(to_phonemes(text, choose_accent(language, packs)), packs, seconds, rates)


def choose_accent(language: str, packs: Packs) -> str:
    """espeak-ng's name of the accent: British or American as the voice is, of Latin America where the tag names a country there."""
    tag = languages.require_tag(language)
    if languages.base_language(tag) == "en":
        return "en-gb" if packs.prosody.startswith("b") else "en-us"
    if languages.base_language(tag) == "es" and tag not in {"es", "es-ES"}:
        return "es-419"
    return ACCENTS[languages.base_language(tag)]


def _voices_of(language: str) -> tuple[voice_table.MeasuredVoice, ...]:
    found = voice_table.find_voices(language)
    if not found:
        tag = languages.require_tag(language)
        raise LanguageError(
            f"kokoro cannot speak {languages.get_english_name(tag)} ({tag}); choose another synthesizer or language"
        )
    return found


def _packs_of(voice: Voice, language: str) -> Packs:
    for known in _voices_of(language):
        if known.name == voice.name:
            return known.packs
    raise EngineError(ENGINE, f"{voice.name!r} is not a voice of this engine in {language}; cast the film again")
