"""ETA of a task: estimated remaining seconds, by the pace of earlier films, and by this film's own speed so far."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline.dub import ANALYSIS_STAGES, ASSESSMENT_STAGES, LANGUAGE_STAGES, MAX_PARALLEL_LANGUAGES, MUX_STAGES
from pipeline.values.service_status import StageSpeeds
from pipeline.values.tasks import StageRun, StageStatus, Task, TaskStatus

# Not run where subtitles in the film's language are used.
RECOGNITION_STAGES = frozenset({"identify", "transcribe", "collect_unrecognized", "collect_words", "segment_words"})
SUBTITLE_STAGES = frozenset({"segment_cues"})
PRIOR_WEIGHT = 0.1  # of the whole work; as much of it must be done before this film's own speed counts like that of the others
MAX_SPEED_RATIO = 5.0  # times as fast or as slow as the others: more than that is no speed, but a stage that stands still


def estimate_total_seconds(task: Task, pace: StageSpeeds) -> float | None:
    """Seconds of work on a task from its beginning; None where its length, or any pace, is unknown."""
    return _estimate_seconds(task, (), pace, at=task.created_at)


def estimate_remaining_seconds(
    task: Task, runs: Sequence[StageRun], pace: StageSpeeds, *, at: datetime | None = None
) -> float | None:
    """Seconds of work left for a PROCESSING task; None for any other, and where its length or any pace is unknown.

    `runs`: the last run of each of its stages (`store.stages.latest_runs`). `at`: UTC without zone; now where it is not given.
    """
    at = at or datetime.now(UTC).replace(tzinfo=None)
    return _estimate_seconds(task, runs, pace, at=at) if task.status is TaskStatus.PROCESSING else None


def _estimate_seconds(task: Task, runs: Sequence[StageRun], pace: StageSpeeds, *, at: datetime) -> float | None:
    if not task.duration or not pace.film:
        return None
    course = _Course(task, runs, pace, at)
    analysis = course.estimate_chain(ANALYSIS_STAGES, over=course.is_analyzed)
    languages = [course.estimate_chain(LANGUAGE_STAGES, target, anew=analysis.anew) for target in task.target_langs]
    muxing = course.estimate_chain(MUX_STAGES, anew=any(each.anew for each in languages))
    assessments = [course.estimate_chain(ASSESSMENT_STAGES, target, anew=muxing.anew) for target in task.target_langs]
    return analysis.seconds + _estimate_parallel(languages) + muxing.seconds + _estimate_parallel(assessments)


@dataclass(frozen=True, slots=True)
class _Remainder:
    """Remaining seconds of a chain of stages. `anew`: a stage of it is not answered from the cache, so no later one is."""

    seconds: float
    anew: bool


class _Course:
    """A task's stages at one moment: those of this attempt, and those that an earlier one has finished."""

    def __init__(self, task: Task, runs: Sequence[StageRun], pace: StageSpeeds, at: datetime) -> None:
        self._task, self._pace, self._at = task, pace, at
        # One that was handed back keeps its attempt, and rows of before.
        now = [run for run in runs if run.attempt == task.attempts and task.started_at and run.started_at >= task.started_at]
        self._now = {(run.name, run.language): run for run in now}
        self._before = {(run.name, run.language) for run in runs if run not in now and run.status is StageStatus.DONE}
        self._unlikely = RECOGNITION_STAGES if task.has_subtitles else SUBTITLE_STAGES
        self._slowness = self._measure_slowness()

    @property
    def is_analyzed(self) -> bool:
        """True if the stages of a language, or those after them, have begun."""
        return any(language is not None or name in MUX_STAGES for name, language in self._now)

    def estimate_chain(
        self, names: Sequence[str], language: str | None = None, *, anew: bool = False, over: bool = False
    ) -> _Remainder:
        """Remaining seconds of a chain of stages, of the film or of one language. `over`: no stage of it begins any more."""
        begun = max((n for n, name in enumerate(names) if over or (name, language) in self._now), default=-1)
        seconds = 0.0
        for n, name in enumerate(names):
            run, usual = self._now.get((name, language)), self._estimate_usual(name, language) * self._slowness
            if run is not None:
                seconds += self._estimate_rest(run, usual)
                anew = anew or run.executed > 0 or run.status is StageStatus.RUNNING
            elif n > begun and usual and not (language is None and name in self._unlikely):
                anew = anew or (name, language) not in self._before
                seconds += usual if anew else 0.0
        return _Remainder(seconds, anew)

    def _estimate_usual(self, name: str, language: str | None) -> float:
        """Seconds that a stage of this film would take at the others' pace."""
        return (self._pace.film if language is None else self._pace.language).get(name, 0.0) * (self._task.duration or 0.0)

    def _estimate_rest(self, run: StageRun, usual: float) -> float:
        """Remaining seconds of a stage that began: by the part that is done where that is reported, else by the clock."""
        if run.status is not StageStatus.RUNNING:
            return 0.0
        part = self._get_part(run)
        return usual * (1 - part) if part else max(0.0, usual - self._measure_elapsed(run))

    def _get_part(self, run: StageRun) -> float:
        """The part of a running stage that is done, 0..1; 0.0 where it is unknown, or may be another language's."""
        namesakes = [each for each in self._now.values() if each.name == run.name and each.status is StageStatus.RUNNING]
        progress = self._task.progress
        return progress.part if progress.stage == run.name and len(namesakes) == 1 else 0.0

    def _measure_elapsed(self, run: StageRun) -> float:
        return (self._at - run.started_at).total_seconds()

    def _measure_slowness(self) -> float:
        """Slowness of this film: its time over that of the earlier films, for dense speech or a busy machine. 1.0 before it began."""
        whole = sum(self._estimate_usual(name, None) for name in (*ANALYSIS_STAGES, *MUX_STAGES))
        whole += sum(
            self._estimate_usual(name, target)
            for name in (*LANGUAGE_STAGES, *ASSESSMENT_STAGES)
            for target in self._task.target_langs
        )
        spent = usual = whole * PRIOR_WEIGHT
        for run in self._now.values():
            took, would = self._measure_pace(run)
            spent, usual = spent + took, usual + would
        return min(MAX_SPEED_RATIO, max(1 / MAX_SPEED_RATIO, spent / usual)) if usual else 1.0

    def _measure_pace(self, run: StageRun) -> tuple[float, float]:
        """Speed of a run: the seconds that it took, and those at the pace of earlier films; zeros where it cannot be measured."""
        usual = self._estimate_usual(run.name, run.language)
        if run.status is StageStatus.DONE:
            return (run.seconds, usual * run.executed / (run.executed + run.reused)) if run.executed and usual else (0.0, 0.0)
        if run.status is StageStatus.RUNNING and usual:
            part, elapsed = self._get_part(run), self._measure_elapsed(run)
            return (elapsed, usual * (part or 1.0)) if part or elapsed > usual else (0.0, 0.0)
        return 0.0, 0.0


def _estimate_parallel(chains: Iterable[_Remainder]) -> float:
    """Seconds of all languages together: at most MAX_PARALLEL_LANGUAGES at a time, the next begins when one ends."""
    lanes = [0.0] * MAX_PARALLEL_LANGUAGES
    for chain in chains:
        lanes[lanes.index(min(lanes))] += chain.seconds
    return max(lanes)
