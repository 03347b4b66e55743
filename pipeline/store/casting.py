"""Cast of a film in the store: its speakers, the voices of the last dub, the voices to choose from, and edits of speakers."""

import math
from collections.abc import Mapping, Sequence

from pipeline.store.database.database import Database
from pipeline.store.lines import Lines
from pipeline.store.task_leases import Leases
from pipeline.values.edits import FILM_WIDE, Cast, CastMember, SpeakerEdit
from pipeline.values.tasks import Lease, SpeakerRow
from pipeline.values.timeline import Speaker


class Casting:
    """Queries and writes of voices and speaker edits."""

    def __init__(self, database: Database, lines: Lines, leases: Leases) -> None:
        self._db = database
        self._lines = lines
        self._leases = leases

    def replace_voices(self, lease: Lease, language: str, voices: Mapping[str, str], choices: Sequence[str]) -> None:
        """Replace the voices of a dub (label → voice), and the voices to choose from. LeaseLost."""
        with self._db.transaction():
            self._leases.require_lease(lease)
            which = {"task_id": lease.task_id, "language": language}
            self._db.execute("DELETE FROM voices WHERE task_id = ? AND language = ?", list(which.values()))
            self._db.replace("voices", [which | {"label": label, "voice": voice} for label, voice in voices.items()])
            self._db.execute(
                "INSERT OR REPLACE INTO voice_choices VALUES (?, ?, CAST(? AS VARCHAR[]))", [*which.values(), list(choices)]
            )

    def get_cast(self, task_id: int) -> Cast:
        """Cast of a film, in the order in which they first speak, and the voices to choose from; empty before its first dub. NotFound."""
        starts = self._find_first_starts(task_id)
        speakers = sorted(self._lines.list_speakers(task_id), key=lambda row: _order_by_first_line(row, starts))
        edits = {edit.label: edit for edit in self.list_edits(task_id)}
        voices, lines = self._voices(task_id), self._line_counts(task_id)
        members = (
            _member(row, edits.get(row.label, SpeakerEdit(row.label)), voices.get(row.label, {}), lines.get(row.label, 0))
            for row in speakers
        )
        rows = self._db.rows("SELECT language, names FROM voice_choices WHERE task_id = ? ORDER BY language", [task_id])
        return Cast(tuple(members), {row["language"]: tuple(row["names"]) for row in rows})

    def list_edits(self, task_id: int) -> tuple[SpeakerEdit, ...]:
        """Edits of the speakers of a film."""
        rows = self._db.rows("SELECT * FROM speaker_edits WHERE task_id = ? ORDER BY label, language", [task_id])
        film = {row["label"]: row for row in rows if row["language"] == FILM_WIDE}
        chosen: dict[str, dict[str, str]] = {row["label"]: {} for row in rows}
        for row in rows:
            if row["language"] != FILM_WIDE:
                chosen[row["label"]][row["language"]] = row["voice"]
        return tuple(
            SpeakerEdit(label, film[label]["name"], film[label]["merged_into"], voices)
            if label in film
            else SpeakerEdit(label, chosen=voices)
            for label, voices in chosen.items()
        )

    def _voices(self, task_id: int) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for row in self._db.rows("SELECT language, label, voice FROM voices WHERE task_id = ? ORDER BY language", [task_id]):
            found.setdefault(row["label"], {})[row["language"]] = row["voice"]
        return found

    def _find_first_starts(self, task_id: int) -> dict[str, float]:
        """Label → start of their first line in the last dub, in seconds: of speakers that an older release stored."""
        rows = self._db.rows(
            """SELECT speaker, min("start") AS first FROM lines
               WHERE task_id = ? AND speaker IS NOT NULL GROUP BY speaker""",
            [task_id],
        )
        return {row["speaker"]: row["first"] for row in rows}

    def _line_counts(self, task_id: int) -> dict[str, int]:
        """Label → number of lines in the dub with most: dubs from their own subtitles have other lines."""
        rows = self._db.rows(
            """SELECT speaker, max(n) AS n FROM
               (SELECT speaker, count(*) AS n FROM lines WHERE task_id = ? AND speaker IS NOT NULL GROUP BY speaker, language)
               GROUP BY speaker""",
            [task_id],
        )
        return {row["speaker"]: row["n"] for row in rows}


def _order_by_first_line(row: SpeakerRow, starts: Mapping[str, float]) -> tuple[float, float]:
    """Sort key of speakers: the start of their first line, as it was found; those without one come last, by speaking time."""
    first = row.first_start if row.first_start is not None else starts.get(row.label, math.inf)
    return first, -row.seconds


def _member(row: SpeakerRow, edit: SpeakerEdit, voices: Mapping[str, str], lines: int) -> CastMember:
    register = Speaker(row.label, row.seconds, row.pitch, row.formants).register
    return CastMember(
        label=row.label,
        name=edit.name,
        seconds=row.seconds,
        pitch=row.pitch,
        register=str(register) if register else None,
        lines=lines,
        merged_into=edit.merged_into,
        voices=voices,
        chosen=edit.chosen,
        clip=row.clip,
    )
