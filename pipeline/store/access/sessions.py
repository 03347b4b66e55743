"""Sessions of browsers in the store, by the digests of their tokens, each with its expiry."""

from datetime import datetime

from pipeline.store.database.database import Database, now

MAX_SESSIONS = 1_000  # the oldest make room for new ones


class Sessions:
    """Queries and writes of browser sessions."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def list_sessions(self) -> dict[str, datetime]:
        """Expiry of each session that has not expired, by its token's digest. UTC without zone."""
        rows = self._db.rows("SELECT digest, expires_at FROM sessions WHERE expires_at > ?", [now()])
        return {row["digest"]: row["expires_at"] for row in rows}

    def add_session(self, digest: str, expires_at: datetime) -> None:
        """Add a session; expired ones are removed, and the oldest where there are too many."""
        with self._db.transaction():
            self._db.execute("DELETE FROM sessions WHERE expires_at <= ?", [now()])
            self._db.execute(
                "DELETE FROM sessions WHERE digest IN (SELECT digest FROM sessions ORDER BY created_at DESC OFFSET ?)",
                [MAX_SESSIONS - 1],
            )
            self._db.execute("INSERT OR REPLACE INTO sessions VALUES (?, ?, ?)", [digest, now(), expires_at])

    def remove_session(self, digest: str) -> None:
        """Remove a session, if it is there."""
        self._db.execute("DELETE FROM sessions WHERE digest = ?", [digest])
