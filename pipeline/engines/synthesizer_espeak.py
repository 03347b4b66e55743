"""Text to speech by espeak-ng: robotic, intelligible, in a hundred languages, with a distinct voice per speaker.

espeak-ng is GPL and keeps global state, so it runs as a program of its own, once per take (13 ms); text goes in by
stdin and never as an argument. Voice names hold all options: `es+m3:p45` is language, variant and pitch option.
"""

import html
import math
import re
import struct
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from pipeline.engines.protocols import SynthesizedSpeech, Wave
from pipeline.engines.speakers.espeak_casting import NEUTRAL_OPTION, Candidate, cast_by_pitch, list_clear_variants
from pipeline.errors import EngineError, LanguageError, ProgramError
from pipeline.processes.subprocesses import run
from pipeline.text import languages
from pipeline.values.engine_requirements import EngineRequirements
from pipeline.values.inflection import Inflection
from pipeline.values.timeline import Speaker, Voice

PROGRAM = "espeak-ng"
ESPEAK_TIMEOUT_S = 30.0  # for one take
DEFAULT_WPM = 175  # words per minute, espeak-ng's default: rate 1.0
SLOWEST_RATE, FASTEST_RATE = 0.7, 1.8  # of the natural pace; beyond, it drawls or slurs
WPM_RANGE = (80, 449)  # of espeak-ng; from 450 on it resamples, and jumps from 1.8 to 2.3 times the pace
MAX_RUNS, DURATION_TOLERANCE = 5, 0.02  # duration is not quite proportional to 1/wpm, so it is found iteratively
ESPEAK_AMPLITUDE = 50  # of 200; at the default of 100 a third of the variants clip
SILENCE_RATIO, MARGIN_S = 0.005, 0.005  # of the peak (-46 dB); kept around speech for soft onsets
SPEECH_RMS, MAX_PEAK = 10 ** (-24 / 20), 10 ** (-3 / 20)  # RMS and peak of a take, of full scale; the mix sets the final level
UNSUPPORTED_LANGUAGES = frozenset({"ja"})  # espeak-ng 1.51 reads kana only, and says "Chinese letter" for each kanji
VOICE_NAME = re.compile(r"(?P<voice>[a-z]{2,3}(?:-[A-Za-z0-9-]+)?(?:\+[A-Za-z0-9]+)?):p(?P<pitch>\d{1,2})")
MAX_PITCH_OPTION, OPTIONS_PER_SEMITONE = 99, 6.5  # the option -p; measured from 37 to 63, of two voices
MEDIAN_SHIFT_PER_RANGE = 3.5  # semitones that the median F0 rises where the range doubles
COMMAND_CHARACTERS = re.compile(
    r"[*_#~^|\\<>{}\[\]`\u0000-\u001f\u007f]"
)  # read by name, or commands: [[phonemes]], \x01 settings


@dataclass(frozen=True, slots=True)
class _Speech:
    """A text without commands, and how the program says it: voice, pitch option 0..99, percent of its pitch range."""

    text: str
    voice: str
    pitch: int
    range: int = 100


@dataclass(frozen=True, slots=True)
class _Sound:
    """Trimmed sound of one run of the program."""

    wave: Wave
    sample_rate: int

    @property
    def seconds(self) -> float:
        return len(self.wave) / self.sample_rate


class EspeakSynthesizer:
    """Synthesizer by the program espeak-ng. Adapts its pace to a requested duration."""

    requirements = EngineRequirements(licence="GPL-3.0-or-later (a program, from Debian)")
    casts_choice = True
    clones = False
    inflects = True
    varies = False  # the same text always gives the same samples
    concurrency = 4  # programs at once; more buys nothing on 2 cores

    def __init__(self) -> None:
        version = run([PROGRAM, "--version"], timeout=ESPEAK_TIMEOUT_S).decode("utf-8", "replace")
        number = re.search(r"\d+(?:\.\d+)+", version)
        self.fingerprint = f"espeak-ng;{number[0] if number else version[:40].strip()};cast=1;speak=1"

    @staticmethod
    def languages() -> frozenset[str]:
        """Supported BCP 47 tags. ProgramMissing if espeak-ng is not installed."""
        return frozenset(_list_voice_names()) - UNSUPPORTED_LANGUAGES

    def cast(self, speakers: Sequence[Speaker], *, language: str, voices: Sequence[str] = ()) -> tuple[Voice, ...]:
        """One voice per speaker: of the speaker's register, of the nearest pitch, distinct while the supply lasts.

        A speaker of unknown pitch gets a low voice: most of them are bit parts, and most films' bit parts are men's. The voices of a
        choice speak at the pitch that their names give.
        """
        name = find_voice_name(language)
        offers = [(each, NEUTRAL_OPTION) for each in list_clear_variants() if _format_name(each, NEUTRAL_OPTION, name) in voices]
        return tuple(
            _build_voice(speaker, chosen, name) for speaker, chosen in zip(speakers, cast_by_pitch(speakers, offers), strict=True)
        )

    def voices(self, *, language: str) -> tuple[str, ...]:
        """Every clear variant at its own pitch, those of low register first."""
        name = find_voice_name(language)
        return tuple(_format_name(candidate, NEUTRAL_OPTION, name) for candidate in list_clear_variants())

    def seconds(self, text: str, voice: Voice, *, language: str) -> float | None:
        """Duration of the text at the natural pace, by a run of the program, as long as a synthesis (13 ms)."""
        return _run_espeak(_parse_text_and_voice(text, voice), DEFAULT_WPM).seconds

    def speak(self, text: str, voice: Voice, *, language: str, seconds: float | None) -> SynthesizedSpeech:
        """Synthesize at the natural pace, or as near to `seconds` as 0.7 to 1.8 of it allow. EngineError if nothing is said."""
        speech = _parse_text_and_voice(text, voice)
        natural = _run_espeak(speech, DEFAULT_WPM)
        best = natural if seconds is None else _approach_duration(speech, natural, seconds)
        return SynthesizedSpeech(_normalize_level(best.wave), best.sample_rate, rate=natural.seconds / best.seconds)


def _parse_text_and_voice(text: str, voice: Voice) -> _Speech:
    """Parse the text for the program, and the voice's name and inflection. EngineError if text or name is invalid."""
    match = VOICE_NAME.fullmatch(voice.name)
    if not match:
        raise EngineError(PROGRAM, f"{voice.name!r} is not a voice of this engine; cast the film again")
    words = strip_commands(text)
    if not words:
        raise EngineError(PROGRAM, f"nothing in {text[:60]!r} can be spoken; leave the line out")
    speech = _Speech(words, match["voice"], int(match["pitch"]))
    return _inflect(speech, voice.inflection) if voice.inflection else speech


def _inflect(speech: _Speech, inflection: Inflection) -> _Speech:
    """The speech with its pitch shifted and its range changed. A wider range raises the median, which the pitch option undoes."""
    shift = inflection.shift - MEDIAN_SHIFT_PER_RANGE * (inflection.range - 1.0)
    pitch = round(speech.pitch + OPTIONS_PER_SEMITONE * shift)
    return replace(speech, pitch=min(max(pitch, 0), MAX_PITCH_OPTION), range=round(100 * inflection.range))


def _approach_duration(speech: _Speech, natural: _Sound, seconds: float) -> _Sound:
    goal = min(max(seconds, natural.seconds / FASTEST_RATE), natural.seconds / SLOWEST_RATE)
    best = latest = natural
    wpm = DEFAULT_WPM
    for _ in range(MAX_RUNS - 1):
        if abs(best.seconds - goal) <= DURATION_TOLERANCE * goal:
            break
        faster = min(max(round(wpm * latest.seconds / goal), WPM_RANGE[0]), WPM_RANGE[1])
        if faster == wpm:
            break
        wpm, latest = faster, _run_espeak(speech, faster)
        best = min(best, latest, key=lambda sound: abs(sound.seconds - goal))
    return best


def _run_espeak(speech: _Speech, wpm: int) -> _Sound:
    """Run the program once."""
    options = ["-v", speech.voice, "-p", f"{speech.pitch:02}", "-s", str(wpm), "-a", str(ESPEAK_AMPLITUDE)]
    text = speech.text
    if speech.range != 100:  # percent: the voice's own
        text = f'<prosody range="{speech.range}%">{html.escape(text)}</prosody>'
        options.append("-m")
    try:
        answer = run([PROGRAM, *options, "-b", "1", "-z", "--stdin", "--stdout"], timeout=ESPEAK_TIMEOUT_S, stdin=text.encode())
    except ProgramError as error:
        raise EngineError(PROGRAM, f"voice {speech.voice}:p{speech.pitch:02} failed on {speech.text[:60]!r} ({error})") from error
    if answer[:4] != b"RIFF" or (start := answer.find(b"data")) < 0:
        raise EngineError(
            PROGRAM,
            f"voice {speech.voice}:p{speech.pitch:02} answered no sound for {speech.text[:60]!r}; check that it is installed",
        )
    (sample_rate,) = struct.unpack_from("<I", answer, 24)
    samples = np.frombuffer(
        answer, "<i2", offset=start + 8, count=(len(answer) - start - 8) // 2
    )  # sizes in the header are wrong
    wave = _trim_silence(samples.astype(np.float32) / np.float32(32_768), sample_rate)
    if not wave.size:
        raise EngineError(PROGRAM, f"nothing in {speech.text[:60]!r} can be spoken; leave the line out")
    return _Sound(wave, sample_rate)


def _trim_silence(wave: Wave, sample_rate: int) -> Wave:
    """Trim the silence at both ends; empty if there is nothing else."""
    loud = np.flatnonzero(np.abs(wave) > SILENCE_RATIO * max(float(np.abs(wave).max(initial=0.0)), 0.01))
    if not loud.size:
        return wave[:0]
    margin = round(MARGIN_S * sample_rate)
    return wave[max(0, int(loud[0]) - margin) : int(loud[-1]) + margin + 1]


def _normalize_level(wave: Wave) -> Wave:
    """Normalize to -24 dBFS RMS, or lower if the peak would pass -3 dBFS: variants differ by 20 dB."""
    rms = math.sqrt(float(np.mean(np.square(wave, dtype=np.float64))))
    return (wave * min(SPEECH_RMS / rms, MAX_PEAK / float(np.abs(wave).max()))).astype(np.float32)


def strip_commands(text: str) -> str:
    """Strip espeak-ng's commands and symbols that it would read by name. Empty if nothing can be spoken."""
    text = COMMAND_CHARACTERS.sub(" ", unicodedata.normalize("NFC", text))
    kept = "".join(letter if unicodedata.category(letter) not in {"So", "Sk", "Cf", "Cn", "Co", "Cs"} else " " for letter in text)
    return " ".join(kept.split()) if any(letter.isalnum() for letter in kept) else ""


def _build_voice(speaker: Speaker, chosen: tuple[Candidate, int], language: str) -> Voice:
    candidate, option = chosen
    return Voice(speaker.label, _format_name(candidate, option, language), pitch=round(candidate.pitch(option), 1))


def _format_name(candidate: Candidate, option: int, language: str) -> str:
    variant = f"+{candidate.variant}" if candidate.variant else ""
    return f"{language}{variant}:p{option:02}"


def find_voice_name(language: str) -> str:
    """espeak-ng's voice of a language, by its tag with the country or without. LanguageError where it has none."""
    tag = languages.require_tag(language)
    voices = _list_voice_names()
    for asked in (tag, languages.base_language(tag)):
        if asked in voices and languages.base_language(asked) not in UNSUPPORTED_LANGUAGES:
            return voices[asked]
    raise LanguageError(
        f"espeak-ng cannot speak {languages.get_english_name(tag)} ({tag}); choose another synthesizer or language"
    )


@lru_cache(maxsize=1)
def _list_voice_names() -> dict[str, str]:
    """espeak-ng's voice names by BCP 47 tag. A language without a country gets the plain voice, or espeak-ng's preferred one."""
    table = run([PROGRAM, "--voices"], timeout=ESPEAK_TIMEOUT_S).decode("utf-8", "replace")
    names: dict[str, str] = {}
    for line in table.splitlines()[1:]:
        code = line.split()[1]
        if tag := languages.normalize_tag_or_none(code):
            names.setdefault(tag, code)
            names.setdefault(
                languages.base_language(tag), languages.base_language(code)
            )  # espeak-ng itself finds its preferred one
    if "nb" in names:
        names.setdefault("no", names["nb"])  # films say "nor"
    return names
