"""History of tasks: finished films, failures, and the speed of stages. Read only."""

from datetime import timedelta
from pathlib import Path

from pipeline.store.database.database import Database, now
from pipeline.values.service_status import Failure, FinishedFilm, StageSpeeds

FINISHED_FILMS_DAYS = 30  # list_finished_films looks back so far
MAX_PACE_FILMS = 30  # finished films over which the medians of speeds are taken
MIN_STAGE_SHARE = 0.25  # of those films; a stage that fewer of them had is left out
MIN_EXECUTED_SHARE = 0.5  # of a stage's answers; where more came from the cache, its time is not representative
SURVIVED_DAYS = 2

# Of each stage of a task, the run with most computed answers: the re-run after an edit computes few.
_COMPUTED_RUNS = """
    made AS (SELECT task_id, name, language, executed, reused, seconds, epoch(started_at) AS begun
             FROM stage_runs JOIN films USING (task_id) WHERE stage_runs.status = 'DONE' AND executed > 0
             QUALIFY row_number() OVER (PARTITION BY task_id, name, language ORDER BY executed DESC, attempt DESC) = 1)"""


class History:
    """Queries over finished and failed tasks."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def list_finished_films(self, limit: int = 500) -> tuple[FinishedFilm, ...]:
        """The last films dubbed in the last 30 days, the oldest first: each at the end of the attempt that computed most of it. An
        attempt that took all of it from the cache is no dub, and a re-dub of a few edited lines moves no film to another day.
        """
        since = now() - timedelta(days=FINISHED_FILMS_DAYS)
        rows = self._db.rows(
            f"""WITH recent AS (SELECT id AS task_id, attempts, finished_at, duration AS film_seconds, len(target_langs) AS languages
                                FROM tasks WHERE status = 'DONE' AND duration > 0 AND finished_at > ?
                                ORDER BY finished_at DESC, id DESC LIMIT ?),
                     computed AS (SELECT task_id, attempt, max(epoch(started_at) + seconds) AS ended
                                  FROM stage_runs JOIN recent USING (task_id) WHERE status = 'DONE' AND executed > 0 GROUP BY task_id, attempt
                                  QUALIFY row_number() OVER (PARTITION BY task_id ORDER BY sum(executed) DESC, attempt DESC) = 1),
                     films AS (SELECT * FROM (SELECT task_id, CASE WHEN attempt = attempts THEN finished_at
                                                  ELSE make_timestamp(CAST(1e6 * ended AS BIGINT)) END AS finished_at, film_seconds, languages
                                              FROM recent JOIN computed USING (task_id)) WHERE finished_at > ?),
                     {_COMPUTED_RUNS},
                     -- Time that several stages shared counts for the first of them.
                     alone AS (SELECT task_id, begun + seconds - greatest(begun, coalesce(max(begun + seconds) OVER (
                                   PARTITION BY task_id ORDER BY begun, seconds ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                               ), 0)) AS seconds FROM made)
                SELECT films.*, coalesce(sum(greatest(0.0, seconds)), 0.0) AS work_seconds FROM films LEFT JOIN alone USING (task_id)
                GROUP BY ALL ORDER BY finished_at, task_id""",  # noqa: S608 -- our own constant
            [since, limit, since],
        )
        return tuple(FinishedFilm(**row) for row in rows)

    def list_failures(self, limit: int = 20) -> tuple[Failure, ...]:
        """Failed tasks, and recently failed stages of tasks whose later attempt succeeded; the latest first."""
        rows = self._db.rows(
            """SELECT id AS task_id, path, finished_at AS failed_at, error, FALSE AS survived FROM tasks
               WHERE status = 'ERROR'
               UNION ALL
               SELECT task_id, path, stage_runs.started_at AS failed_at, stage_runs.error, TRUE AS survived
               FROM stage_runs JOIN tasks ON id = task_id
               WHERE stage_runs.status = 'ERROR' AND tasks.status NOT IN ('ERROR', 'CANCELLED', 'SKIPPED') AND stage_runs.started_at > ?
               ORDER BY failed_at DESC, task_id DESC LIMIT ?""",
            [now() - timedelta(days=SURVIVED_DAYS), limit],
        )
        return tuple(
            Failure(row["task_id"], Path(row["path"]).name, row["failed_at"], row["error"] or "", row["survived"]) for row in rows
        )

    def measure_stage_speeds(self) -> StageSpeeds:
        """Speed of stages in the last finished films."""
        rows = self._db.rows(
            f"""WITH films AS (SELECT id AS task_id, duration FROM tasks WHERE status = 'DONE' AND duration > 0
                               ORDER BY finished_at DESC, id DESC LIMIT {MAX_PACE_FILMS}),
                     {_COMPUTED_RUNS}
                SELECT language <> '' AS of_language, name, median(seconds / duration * (executed + reused) / executed) AS pace
                FROM made JOIN films USING (task_id) WHERE executed >= {MIN_EXECUTED_SHARE} * (executed + reused)
                GROUP BY ALL HAVING count(DISTINCT task_id) >= {MIN_STAGE_SHARE} * (SELECT count(DISTINCT task_id) FROM made) ORDER BY ALL""",  # noqa: S608 -- our own constants
        )
        films = self._db.row(
            "SELECT count(*) AS n FROM (SELECT id FROM tasks WHERE status = 'DONE' AND duration > 0 LIMIT ?)", [MAX_PACE_FILMS]
        )
        return StageSpeeds(
            film={row["name"]: row["pace"] for row in rows if not row["of_language"]},
            language={row["name"]: row["pace"] for row in rows if row["of_language"]},
            films=films["n"] if films else 0,
        )
