"""Bad takes that verification catches, and good ones that it suspects: `python tests/benchmarks/take_verification.py SRT es FOLDER`.

Twelve lines of a subtitle by each of five voices of Kokoro, judged by Whisper in windows of one voice, and alone where suspect, as
in a dub. Every second take is made bad, one kind after the other; `--passes 2` spoils the other half too. Takes and recognised
texts stay in FOLDER, so that another rule of judgement is measured in seconds.
"""

import argparse
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile

from pipeline.engines.registry.engine_builder import build_engine
from pipeline.runner import Runner
from pipeline.stages.synthesize import SynthesisRequest, synthesize
from pipeline.store.store import Store
from pipeline.text.spoken_forms.verbalize import verbalize
from pipeline.text.subtitles.subtitle_reader import read_subtitle_file
from pipeline.values.media import Artifact
from pipeline.values.timeline import Line, Segment, Span, Take, TextSource, Voice
from pipeline.verification.judgement import Judgement, combine_judgements
from pipeline.verification.round_trip import Rendition, judge_alone, judge_in_windows

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from fakes import Reports, claimed

VOICES, LINES = 5, 12
OTHER_LANGUAGE = "en"
FOREIGN_TEXT = "I never thought that you would come back after such a long time."
Wave = np.ndarray


def cut_end(share: float) -> Callable[[Wave, Wave], Wave]:
    return lambda wave, _: wave[: round(len(wave) * (1 - share))]


def double_word(wave: Wave, _: Wave) -> Wave:
    """A quarter of the take, between its quietest moments near there, twice: about a word of a line."""
    start, end = (_find_quiet(wave, place) for place in (0.4, 0.65))
    return np.concatenate([wave[:end], wave[start:]])


def _find_quiet(wave: Wave, place: float) -> int:
    """The quietest 20 ms within a tenth of the take around a place."""
    first, size = round((place - 0.1) * len(wave)), 480
    starts = range(first, first + round(0.2 * len(wave)), size // 2)
    return min(starts, key=lambda at: float(np.square(wave[at : at + size]).sum()))


KINDS: dict[str, Callable[[Wave, Wave], Wave]] = {
    "20% cut": cut_end(0.2),
    "35% cut": cut_end(0.35),
    "half cut": cut_end(0.5),
    "babble": lambda wave, _: wave[::-1],  # speech backwards
    "silence": lambda wave, _: wave * 1e-4,
    "other language": lambda wave, foreign: foreign[: max(len(wave), 24_000)],
    "doubled": double_word,
}
ORDER = ("20% cut", "35% cut", "babble", "20% cut", "half cut", "silence", "35% cut", "doubled", "20% cut", "other language")


def spoil_takes(renditions: Sequence[Rendition], foreign: Take, folder: Path, first: int) -> Iterator[tuple[str, Rendition]]:
    """Every second take made bad, by kind; the others as they are, by the kind `good`."""
    other = _read(foreign)
    for n, each in enumerate(renditions):
        if n % 2 != first:
            yield "good", each
            continue
        kind = ORDER[n // 2 % len(ORDER)]
        wave = KINDS[kind](_read(each.take), other)
        path = folder / f"{kind.replace(' ', '-')}-{each.take.audio.digest}.wav"
        soundfile.write(path, wave, 24_000, subtype="PCM_16")
        yield kind, replace(each, take=replace(each.take, audio=Artifact.of(path), seconds=len(wave) / 24_000))


def _read(take: Take) -> Wave:
    return np.asarray(soundfile.read(take.audio.path, dtype="float32")[0])


def judge(renditions: Sequence[Rendition], transcriber: object, run: Runner) -> list[Judgement]:
    """Judgements in windows, and for suspects also alone, as `take_verification` has them."""
    found = list(judge_in_windows(renditions, transcriber, run))
    suspects = [n for n, one in enumerate(found) if one.is_suspect]
    if suspects:
        for n, one in zip(suspects, judge_alone([renditions[n] for n in suspects], transcriber, run), strict=True):
            found[n] = combine_judgements(found[n], one)
    return found


def measure(renditions: Sequence[Rendition], foreign: Take, transcriber: object, run: Runner, folder: Path, passes: int) -> None:
    """Print the caught takes of each kind, and the texts of those that were missed and of false alarms."""
    counts: dict[str, list[int]] = {}
    for first in range(passes):
        spoiled = list(spoil_takes(renditions, foreign, folder, first))
        for (kind, each), one in zip(spoiled, judge([each for _, each in spoiled], transcriber, run), strict=True):
            caught = counts.setdefault(kind, [0, 0])
            caught[0] += one.is_suspect
            caught[1] += 1
            if one.is_suspect == (kind == "good"):
                print(f"  {kind}: {each.request.text!r} heard as {one.heard!r}, excess {one.excess:.2f}", flush=True)
    for kind, (caught, every) in sorted(counts.items()):
        print(f"{kind:16} suspect: {caught} of {every}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("srt", type=Path)
    parser.add_argument("language")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--passes", type=int, default=1, choices=(1, 2))
    asked = parser.parse_args()
    (artifacts := asked.folder / "artifacts").mkdir(parents=True, exist_ok=True)
    store = Store(asked.folder / "db.duckdb")
    _, lease = claimed(store, asked.folder / f"{asked.language}.mkv")
    run = Runner(store.stages, lease, 1, artifacts, Reports(), threading.Event())
    synthesizer, transcriber = build_engine("synthesizer", "kokoro"), build_engine("transcriber", "whisper")
    texts = [cue.text for cue in read_subtitle_file(asked.srt).cues]
    lines = [
        Line(Segment(n, Span(4.0 * n, 4.0 * n + 3.0), text, voice), text, asked.language, TextSource.SUBTITLE)
        for n, (voice, text) in enumerate(
            ((voice, texts[place % len(texts)]) for rank, voice in enumerate(synthesizer.voices(language=asked.language)[:VOICES])
             for place in range(LINES * rank, LINES * (rank + 1))), 1,
        )
    ]  # fmt: skip
    requests = [SynthesisRequest(verbalize(line.text, asked.language), Voice("S", line.segment.speaker or "")) for line in lines]
    takes = run.with_language(asked.language).each(synthesize, requests, synthesizer)
    foreign_voice = Voice("S", synthesizer.voices(language=OTHER_LANGUAGE)[0])
    (foreign,) = run.with_language(OTHER_LANGUAGE).each(synthesize, [SynthesisRequest(FOREIGN_TEXT, foreign_voice)], synthesizer)
    renditions = [Rendition(*each) for each in zip(lines, requests, takes, strict=True)]
    measure(renditions, foreign, transcriber, run.with_language(asked.language), artifacts, asked.passes)


if __name__ == "__main__":
    main()
