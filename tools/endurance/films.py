"""Films for trials: a few seconds long, cheap to make and to dub, each with a content of its own."""

from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from evaluation.sample import film as sample
from evaluation.sample.sample_script import SCENES, SPANISH, Sentence
from pipeline.text.subtitles.subtitle_writer import format_srt
from pipeline.values.timeline import Cue, Span

SENTENCES = tuple(sentence for scene in SCENES for sentence in scene.sentences)
MAX_FILMS = len(SENTENCES) * (len(SENTENCES) - 1)  # ordered pairs of sentences: as many films can be told apart
LEAD_S, PAUSE_S, END_S = 0.4, 0.6, 0.6  # s: before the first sentence, between the two, after them
NO_SUBTITLES, ENGLISH_SUBTITLES, BOTH_SUBTITLES = "no subtitles", "English subtitles", "English and Spanish subtitles"
SUBTITLE_CYCLE = (
    ENGLISH_SUBTITLES,
    BOTH_SUBTITLES,
    ENGLISH_SUBTITLES,
    NO_SUBTITLES,
)  # so that each engine has work, and most films are quick


def choose_subtitles(number: int) -> str:
    """The subtitle tracks of the film of this number."""
    return SUBTITLE_CYCLE[number % len(SUBTITLE_CYCLE)]


def choose_sentences(number: int) -> tuple[int, int]:
    """The two sentences of the film of this number, 0 ≤ number < MOST: no other film has the same in this order."""
    first, further = number % len(SENTENCES), number // len(SENTENCES)
    return first, (first + 1 + further) % len(SENTENCES)


def make_film(folder: Path, number: int, *, plain: bool = False) -> Path:
    """The film of this number in `folder`. `plain`: with English subtitles, whatever its turn. ProgramError where flite or ffmpeg fails."""
    texts = choose_sentences(number)
    waves = [_speak(SENTENCES[text]) for text in texts]
    starts = [LEAD_S, LEAD_S + len(waves[0]) / sample.RATE + PAUSE_S]
    spans = [Span(start, start + len(wave) / sample.RATE) for start, wave in zip(starts, waves, strict=True)]
    seconds = spans[-1].end + END_S
    sound = np.zeros((round(seconds * sample.RATE), 2), np.float32)
    for span, wave in zip(spans, waves, strict=True):
        sound[round(span.start * sample.RATE) :][: len(wave)] += wave
    has = ENGLISH_SUBTITLES if plain else choose_subtitles(number)
    languages = {ENGLISH_SUBTITLES: ("eng",), BOTH_SUBTITLES: ("eng", "spa"), NO_SUBTITLES: ()}[has]
    words = {"eng": [SENTENCES[text].text for text in texts], "spa": [SPANISH[text] for text in texts]}
    subtitles = {
        language: format_srt([Cue(span, text) for span, text in zip(spans, words[language], strict=True)], until=seconds)
        for language in languages
    }
    return sample.make_plain_film(folder / f"film-{number:03}.mkv", sound, subtitles, title=f"Trial {number}")


@lru_cache(maxsize=len(SENTENCES))
def _speak(sentence: Sentence) -> sample.Wave:
    with TemporaryDirectory(prefix="dubarr-speech-") as workdir:
        return sample.speak_sentence(sentence, Path(workdir))
