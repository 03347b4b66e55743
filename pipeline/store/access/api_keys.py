"""API keys in the store. A revoked key is a deleted row."""

from datetime import datetime

from pipeline.errors import NotFound, NotPossible
from pipeline.store.database.connection import Row
from pipeline.store.database.database import Database, now
from pipeline.values.access.api_key import MAX_KEYS, ApiKey, KeyScope, check_name


class ApiKeys:
    """Queries and writes of API keys."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def list_keys(self) -> tuple[ApiKey, ...]:
        """Every key, by name."""
        return tuple(_read_key(row) for row in self._db.rows("SELECT * FROM api_keys ORDER BY lower(name)"))

    def add_key(self, name: str, scope: KeyScope, digest: str) -> ApiKey:
        """Add a key by the digest of its secret. NotPossible where the name is taken or none for a key, or where there are too many."""
        key = ApiKey(check_name(name), scope, digest, now())
        with self._db.transaction():
            names = {row["name"].lower() for row in self._db.rows("SELECT name FROM api_keys")}
            if name.lower() in names:
                raise NotPossible(f"there is a key named {name} already; revoke it first, or choose another name")
            if len(names) >= MAX_KEYS:
                raise NotPossible(f"there are {MAX_KEYS} keys already; revoke one that is not used")
            self._db.execute("INSERT INTO api_keys VALUES (?, ?, ?, ?, NULL)", [name, scope.value, digest, key.created_at])
        return key

    def revoke_key(self, name: str) -> None:
        """Revoke a key. NotFound where there is none of this name."""
        if not self._db.execute("DELETE FROM api_keys WHERE lower(name) = lower(?) RETURNING name", [name]):
            raise NotFound(f"there is no key named {name}; ./dubarr keys list names them")

    def record_use(self, digest: str, at: datetime) -> None:
        """Record a key's use. `at`: UTC without zone; an earlier time than the recorded one is ignored."""
        self._db.execute(
            "UPDATE api_keys SET last_used_at = ? WHERE digest = ? AND (last_used_at IS NULL OR last_used_at < ?)",
            [at, digest, at],
        )


def _read_key(row: Row) -> ApiKey:
    return ApiKey(row["name"], KeyScope(row["scope"]), row["digest"], row["created_at"], row["last_used_at"])
