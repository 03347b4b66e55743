"""API keys of programs: a name, a scope, and the digest of a random secret.

The secret is a token of 256 random bits, so that its SHA-256 digest is enough: nobody can try 2**256 secrets, and neither salt nor a
slow hash (as passwords need, which people choose) would add anything. The secret itself is shown once and stored nowhere.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pipeline.errors import NotPossible

KEY_PREFIX = "dubarr_"  # by which secret scanners, and people, recognise a key
KEY_BYTES = 32  # 256 bits
MAX_KEYS = 200
MAX_NAME_CHARS = 64
NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9 ._-]{{0,{MAX_NAME_CHARS - 1}}}")


class KeyScope(StrEnum):
    """Scope of an API key: the kind of requests that it is good for."""

    WEBHOOK = "webhook"  # POST /webhook alone
    READ = "read"  # tasks, dubs, the queue, the log
    WRITE = "write"  # those, and changes of tasks and scripts, uploads and the webhook
    METRICS = "metrics"  # /metrics alone
    ADMIN = "admin"  # everything: settings, keys, backups, SQL


GRANTS: dict[KeyScope, frozenset[KeyScope]] = {  # scopes that each one includes
    KeyScope.WEBHOOK: frozenset({KeyScope.WEBHOOK}),
    KeyScope.READ: frozenset({KeyScope.READ}),
    KeyScope.WRITE: frozenset({KeyScope.WEBHOOK, KeyScope.READ, KeyScope.WRITE}),
    KeyScope.METRICS: frozenset({KeyScope.METRICS}),
    KeyScope.ADMIN: frozenset(KeyScope),
}


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key without its secret. Times are UTC; `last_used_at` is recorded at most every few minutes, None before the first use."""

    name: str
    scope: KeyScope
    digest: str = field(repr=False)
    created_at: datetime
    last_used_at: datetime | None = None


def make_secret() -> str:
    """Generate the secret of a new key."""
    return KEY_PREFIX + secrets.token_urlsafe(KEY_BYTES)


def digest_secret(secret: str) -> str:
    """SHA-256 digest of a secret, in hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()


def check_name(name: str) -> str:
    """Return the name. NotPossible where it is none for a key."""
    if not NAME.fullmatch(name):
        raise NotPossible(
            f"a key's name has 1 to {MAX_NAME_CHARS} letters, digits, spaces, dots, - and _, and begins with a letter or digit"
        )
    return name
