"""Text to speech by Kokoro-82M: natural voices on a CPU with exact duration control.

espeak-ng gives the phonemes; the model predicts the duration of each, which is scaled to the requested duration before
synthesis; the result is trimmed to the sample. The same text gives the same samples.
"""

from collections.abc import Sequence

from pipeline.engines.kokoro import casting, voice_table
from pipeline.engines.kokoro.duration_control import Rates
from pipeline.engines.kokoro.kokoro_model import KokoroModel, Packs
from pipeline.engines.kokoro.onnx_graphs import ENGINE
from pipeline.engines.kokoro.phonemes import to_phonemes
from pipeline.engines.kokoro.utterance_synthesis import UtteranceSynthesizer
from pipeline.engines.protocols import SynthesizedSpeech
from pipeline.errors import EngineError, LanguageError
from pipeline.models import model_identity
from pipeline.models.model_hub import Hub
from pipeline.text import languages
from pipeline.values.engine_requirements import EngineRequirements
from pipeline.values.pronunciation import Pronunciation
from pipeline.values.timeline import Speaker, Voice

DEFAULT_MODEL = "kokoro-82m"
SLOWEST_RATE = 0.8  # of the natural pace; beyond, it drawls
FASTEST_RATE = 1.3  # beyond, words are lost
FASTEST_RATES = {"es": 1.6}  # by language, where a faster pace was measured to be intelligible
ESPEAK_ACCENTS = {"es": "es", "fr": "fr-fr", "it": "it", "pt": "pt-br", "ca": "ca", "de": "de"}  # espeak-ng's names
PROCESSING_VERSION = "speak=1;cast=1"  # of this engine's processing of the model's output


class KokoroSynthesizer:
    """Synthesizer with 24 kHz voices; does not clone. Meets a wished duration within 25 ms from 0.8 to 1.3 of its own pace."""

    requirements = EngineRequirements(
        licence="Apache-2.0 (weights and voices), MIT (export); phonemes by espeak-ng (GPL-3.0-or-later, a program)",
        extra="embedded",
        modules=("onnxruntime",),
        model=DEFAULT_MODEL,
        models=(DEFAULT_MODEL,),
    )
    casts_choice = True
    clones = False
    inflects = True
    varies = True
    reads_ipa = True
    concurrency = 2  # calls in one session, a thread each: on two cores faster than one call with two threads

    def __init__(self, model: str = DEFAULT_MODEL, *, hub: Hub | None = None) -> None:
        folder = (hub or Hub()).fetch_folder(model, engine=ENGINE, setting="SYNTHESIZER_MODEL")
        self._utterances = UtteranceSynthesizer(KokoroModel(folder))
        self.fingerprint = (
            f"{ENGINE};model={model_identity.identify_weights(folder)};voices={voice_table.digest_table()};"
            f"rates={SLOWEST_RATE}-{FASTEST_RATE},{FASTEST_RATES};{PROCESSING_VERSION}"
        )

    @staticmethod
    def languages() -> frozenset[str]:
        """BCP 47 tags that it speaks well enough to be understood."""
        return frozenset(voice_table.load_voices())

    def cast(self, speakers: Sequence[Speaker], *, language: str, voices: Sequence[str] = ()) -> tuple[Voice, ...]:
        """One voice per speaker: of the speaker's register, near its pitch, and unlike the voices of the others."""
        known = _require_voices(language)
        chosen = casting.cast_voices(speakers, [voice for voice in known if voice.name in voices] or known)
        return tuple(Voice(speaker.label, voice.name, voice.pitch) for speaker, voice in zip(speakers, chosen, strict=True))

    def voices(self, *, language: str) -> tuple[str, ...]:
        """Its voices in this language, the most intelligible first."""
        return tuple(voice.name for voice in _require_voices(language))

    def seconds(self, text: str, voice: Voice, *, language: str, pronunciations: Sequence[Pronunciation] = ()) -> float | None:
        """Predicted duration of the text at the voice's natural pace, without synthesis. EngineError as `speak`."""
        packs = _find_packs(voice, language)
        return self._utterances.predict_duration(to_phonemes(text, choose_accent(language, packs), pronunciations), packs)

    def speak(
        self,
        text: str,
        voice: Voice,
        *,
        language: str,
        seconds: float | None,
        variation: int = 0,
        pronunciations: Sequence[Pronunciation] = (),
    ) -> SynthesizedSpeech:
        """Synthesize at the natural pace, or for `seconds` within the language's fastest and slowest pace.

        `variation`: with the voice's intonation for longer or shorter utterances. EngineError if nothing is said.
        """
        packs = _find_packs(voice, language)
        rates = Rates(SLOWEST_RATE, FASTEST_RATES.get(languages.base_language(language), FASTEST_RATE))
        symbols = to_phonemes(text, choose_accent(language, packs), pronunciations)
        return self._utterances.speak(symbols, packs, seconds, rates, inflection=voice.inflection, variation=variation)


def choose_accent(language: str, packs: Packs) -> str:
    """espeak-ng's name of the accent: British or American like the voice, Latin American if the tag names a country there."""
    tag = languages.require_tag(language)
    if languages.base_language(tag) == "en":
        return "en-gb" if packs.prosody.startswith("b") else "en-us"
    if languages.base_language(tag) == "es" and tag not in {"es", "es-ES"}:
        return "es-419"
    return ESPEAK_ACCENTS[languages.base_language(tag)]


def _require_voices(language: str) -> tuple[voice_table.MeasuredVoice, ...]:
    found = voice_table.find_voices(language)
    if not found:
        tag = languages.require_tag(language)
        raise LanguageError(
            f"kokoro cannot speak {languages.get_english_name(tag)} ({tag}); choose another synthesizer or language"
        )
    return found


def _find_packs(voice: Voice, language: str) -> Packs:
    for known in _require_voices(language):
        if known.name == voice.name:
            return known.packs
    raise EngineError(ENGINE, f"{voice.name!r} is not a voice of this engine in {language}; cast the film again")
