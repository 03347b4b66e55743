"""Schema migrations: a file of an older schema version is migrated step by step, after a backup of it."""

import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from pipeline.errors import StoreError
from pipeline.store.database import backups
from pipeline.store.database.connection import Row
from pipeline.store.database.schema import SCHEMA, SCHEMA_VERSION

log = logging.getLogger(__name__)

# Number of the warnings on the dubs of each task, each text counted once.
WARNING_COUNTS = """
    SELECT task_id, count(DISTINCT note ->> '$.text') AS warnings
    FROM (SELECT task_id, unnest(CAST(notes AS JSON[])) AS note FROM reports WHERE notes IS NOT NULL)
    WHERE note ->> '$.severity' = 'warning' GROUP BY task_id
"""

# Version → statements that migrate a file from the version before. `SCHEMA` creates new tables first; these change old ones.
MIGRATIONS = {
    2: "ALTER TABLE tasks ADD COLUMN IF NOT EXISTS part DOUBLE DEFAULT 0",
    3: """
        ALTER TABLE tasks ADD COLUMN IF NOT EXISTS lost INTEGER DEFAULT 0;
        ALTER TABLE edits ALTER COLUMN text DROP NOT NULL;
        ALTER TABLE edits ADD COLUMN IF NOT EXISTS skip BOOLEAN;
        ALTER TABLE edits ADD COLUMN IF NOT EXISTS source_text VARCHAR;
        ALTER TABLE edits ADD COLUMN IF NOT EXISTS speaker VARCHAR;
        ALTER TABLE lines ADD COLUMN IF NOT EXISTS subtitled BOOLEAN DEFAULT FALSE;
        UPDATE lines SET subtitled = TRUE WHERE (task_id, language) IN
            (SELECT task_id, language FROM lines WHERE text_source = 'subtitle')
    """,
    4: "ALTER TABLE tasks ADD COLUMN IF NOT EXISTS priority INTEGER DEFAULT 0",
    5: f"""
        ALTER TABLE tasks ADD COLUMN IF NOT EXISTS audio_track INTEGER;
        ALTER TABLE tasks ADD COLUMN IF NOT EXISTS subtitle_track VARCHAR;
        ALTER TABLE tasks ADD COLUMN IF NOT EXISTS warnings INTEGER DEFAULT 0;
        ALTER TABLE reports ADD COLUMN IF NOT EXISTS notes JSON;
        UPDATE reports SET notes = report -> '$.notes';
        UPDATE tasks SET warnings = counted.warnings FROM ({WARNING_COUNTS}) AS counted WHERE counted.task_id = tasks.id
    """,  # noqa: S608 -- a constant
    6: "ALTER TABLE tasks ADD COLUMN IF NOT EXISTS not_before TIMESTAMP",
    7: """
        ALTER TABLE tasks ADD COLUMN IF NOT EXISTS preview_from DOUBLE;
        ALTER TABLE tasks ADD COLUMN IF NOT EXISTS preview_until DOUBLE;
        ALTER TABLE tasks ADD COLUMN IF NOT EXISTS preview_only BOOLEAN DEFAULT FALSE;
        ALTER TABLE tasks ADD COLUMN IF NOT EXISTS preview_lines BOOLEAN DEFAULT FALSE;
        INSERT INTO script_revisions SELECT DISTINCT task_id, language, 1, 1 FROM lines ON CONFLICT DO NOTHING
    """,
    8: """
        ALTER TABLE tasks ADD COLUMN IF NOT EXISTS glossary VARCHAR DEFAULT '';
        ALTER TABLE stage_runs ADD COLUMN IF NOT EXISTS cpu_seconds DOUBLE DEFAULT 0;
        ALTER TABLE stage_runs ADD COLUMN IF NOT EXISTS gpu_seconds DOUBLE DEFAULT 0
    """,
    9: """
        UPDATE tasks SET status = 'CANCELLED' WHERE status = 'ERROR' AND starts_with(error, 'cancelled ');
        UPDATE tasks SET status = 'SKIPPED' WHERE status = 'ERROR' AND contains(error, ' is not dubbed: it ');
        ALTER TABLE edits ADD COLUMN IF NOT EXISTS "start" DOUBLE;
        ALTER TABLE edits ADD COLUMN IF NOT EXISTS "end" DOUBLE;
        ALTER TABLE edits ADD COLUMN IF NOT EXISTS deleted BOOLEAN;
        ALTER TABLE edits ADD COLUMN IF NOT EXISTS locked BOOLEAN;
        ALTER TABLE lines ADD COLUMN IF NOT EXISTS confidence DOUBLE;
        ALTER TABLE lines ADD COLUMN IF NOT EXISTS risk DOUBLE;
        ALTER TABLE lines ADD COLUMN IF NOT EXISTS reasons VARCHAR DEFAULT '';
        ALTER TABLE tasks ADD COLUMN IF NOT EXISTS rule VARCHAR DEFAULT '';
        ALTER TABLE speakers ADD COLUMN IF NOT EXISTS first_start DOUBLE;
        ALTER TABLE cache_uses ADD COLUMN IF NOT EXISTS attempt INTEGER
    """,
    10: """
        ALTER TABLE tasks ADD COLUMN IF NOT EXISTS callback VARCHAR DEFAULT '';
        ALTER TABLE tasks ADD COLUMN IF NOT EXISTS callback_error VARCHAR;
        ALTER TABLE tasks ADD COLUMN IF NOT EXISTS voices VARCHAR[];
        ALTER TABLE tasks ADD COLUMN IF NOT EXISTS engines VARCHAR[];
        ALTER TABLE rules ADD COLUMN IF NOT EXISTS voices VARCHAR[];
        ALTER TABLE rules ADD COLUMN IF NOT EXISTS engines VARCHAR[];
        ALTER TABLE stage_runs ADD COLUMN IF NOT EXISTS engine VARCHAR DEFAULT ''
    """,
    11: "SELECT 1",  # new tables alone: library_films, library_scans
    12: "ALTER TABLE library_films ADD COLUMN IF NOT EXISTS dubs VARCHAR[] DEFAULT []",
    13: "SELECT 1",  # a new table alone: outbox
}


class MigratedDatabase(Protocol):
    """A database as migrations use it."""

    @property
    def path(self) -> Path: ...
    def row(self, sql: str, values: Sequence[object] = ()) -> Row | None: ...
    def execute(self, sql: str, values: Sequence[object] = ()) -> list[Row]: ...
    def transaction(self) -> AbstractContextManager[None]: ...
    def backup(self, target: Path) -> Path: ...


def ensure_schema(database: MigratedDatabase) -> None:
    """Create the schema in a new file, or migrate that of an older one. StoreError for a newer one."""
    exists = database.row("SELECT table_name FROM duckdb_tables() WHERE table_name = 'schema_version'")
    row = database.row("SELECT max(version) AS version FROM schema_version") if exists else None
    found = row["version"] if row else None
    if found is None:
        database.execute(SCHEMA)
        database.execute("INSERT INTO schema_version VALUES (?)", [SCHEMA_VERSION])
    elif found < SCHEMA_VERSION:
        _migrate(database, found)
    elif found > SCHEMA_VERSION:
        raise StoreError(
            f"{database.path} has schema {found}, this Dubarr speaks {SCHEMA_VERSION}; use its version, or ./dubarr restore an older backup"
        )


def _migrate(database: MigratedDatabase, found: int) -> None:
    """Migrate a file to this version in one transaction, after a backup of it."""
    copy = database.backup(backups.name_migration_backup(database.path, SCHEMA_VERSION))
    log.info("store: %s is kept as %s", database.path, copy)
    with database.transaction():
        database.execute(SCHEMA)  # creates the new tables; the migrations change old ones
        for version in range(found + 1, SCHEMA_VERSION + 1):
            log.info("store: %s goes from schema %d to %d", database.path, version - 1, version)
            database.execute(MIGRATIONS[version])
            database.execute("UPDATE schema_version SET version = ?", [version])
