"""Checks of the times that a batch of edits leaves: each line within the film, neither too short nor too long, and no overlap with
another line of its speaker that was not there before.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.script.edit_batch import NewLine, RefusedEdit
from pipeline.script.edit_checks import check_times, name_new_line
from pipeline.script.film_scripts import TIME_TOLERANCE_S, FilmScripts, Key
from pipeline.values.edits import UNCHANGED, Edit, LineChange
from pipeline.values.script import read_times
from pipeline.values.tasks import LineRow

Source = LineChange | NewLine


@dataclass(frozen=True, slots=True)
class _TimedLine:
    """A line as the edits leave it, in seconds of the film. `source`: the edit or the new line that gave it its times.

    `before`: its times without the batch.
    """

    start: float
    end: float
    speaker: str | None
    name: str
    source: Source | None
    before: tuple[float, float]

    def overlap(self, other: "_TimedLine") -> float:
        """Seconds that both share."""
        return min(self.end, other.end) - max(self.start, other.start)

    def former_overlap(self, other: "_TimedLine") -> float:
        """Seconds that both shared without the batch."""
        return min(self.before[1], other.before[1]) - max(self.before[0], other.before[0])


def find_time_problems(
    scripts: FilmScripts, changes: Sequence[LineChange], lines: Sequence[NewLine]
) -> dict[Source, RefusedEdit]:
    """The edits and new lines whose times cannot be, each with its refusal."""
    timed = [change for change in changes if has_new_times(change) or (change.deleted is not UNCHANGED and not change.deleted)]
    languages = dict.fromkeys([change.language for change in timed] + [line.language for line in lines])
    wanted = scripts.apply_changes(changes) if timed or lines else {}
    found: dict[Source, RefusedEdit] = {}
    for language in languages:
        own = {change.number: change for change in timed if change.language == language}
        for each in (known := _list_timed_lines(scripts, wanted, language, own, lines)):
            if (
                each.source is not None
                and has_new_times(each.source)
                and (problem := check_times(each.start, each.end, scripts.task.duration))
            ):
                found[each.source] = _refuse(each, problem)
        if not found:
            found |= dict(_find_overlaps(known))
    return found


def has_new_times(source: Source) -> bool:
    """True for a new line, and for an edit of a start or an end."""
    return isinstance(source, NewLine) or source.start is not UNCHANGED or source.end is not UNCHANGED


def _list_timed_lines(
    scripts: FilmScripts,
    wanted: Mapping[Key, Edit],
    language: str,
    changes: Mapping[int, LineChange],
    lines: Sequence[NewLine],
) -> list[_TimedLine]:
    found = []
    for (tag, number), row in scripts.rows.items():
        edit = wanted.get(scripts.find_film_key(tag, number), Edit(tag, number))
        if tag != language or edit.deleted:
            continue
        start = row.start if edit.start is None else edit.start
        end = row.end if edit.end is None else edit.end
        speaker = scripts.speakers.get(edit.speaker or row.speaker or "", row.speaker)
        found.append(_TimedLine(start, end, speaker, f"Line {number}", changes.get(number), _read_former_times(row)))
    for line in lines:
        if line.language == language:
            speaker = scripts.speakers.get(line.speaker or "", line.speaker)
            found.append(_TimedLine(line.start, line.end, speaker, name_new_line(line), line, (line.start, line.start)))
    return sorted(found, key=lambda each: (each.start, each.end))


def _read_former_times(row: LineRow) -> tuple[float, float]:
    """Times of a line before the batch; those of a deleted one overlap nothing."""
    start, end = read_times(row)
    return (start, start) if row.edit is not None and row.edit.deleted else (start, end)


def _find_overlaps(lines: Sequence[_TimedLine]) -> Iterator[tuple[Source, RefusedEdit]]:
    """Refusals of lines that overlap another one of their speaker by more than before; of two new times, those of the later line."""
    by_speaker: dict[str | None, list[_TimedLine]] = {}
    for line in lines:
        by_speaker.setdefault(line.speaker, []).append(line)
    for own in by_speaker.values():
        for at, one in enumerate(own):
            for other in own[at + 1 :]:
                if other.start >= one.end - TIME_TOLERANCE_S:
                    break
                if one.overlap(other) > max(0.0, one.former_overlap(other)) + TIME_TOLERANCE_S:
                    late, early = (other, one) if other.source is not None else (one, other)
                    if late.source is not None:
                        yield late.source, _refuse(late, _describe_overlap(late, early))


def _describe_overlap(one: _TimedLine, other: _TimedLine) -> str:
    name = other.name[0].lower() + other.name[1:]
    return (
        f"it would overlap {name} of the same speaker by {one.overlap(other):.3f} s ({other.start:.3f} to {other.end:.3f} s); "
        "move or shorten one of them"
    )


def _refuse(line: _TimedLine, problem: str) -> RefusedEdit:
    source = line.source
    assert source is not None  # of an edit, or a new line
    if isinstance(source, LineChange):
        return RefusedEdit(f"{line.name}: {problem}", source.language, source.number, fields=source.changed_fields)
    return RefusedEdit(f"{line.name}: {problem}", source.language, key=source.key)
