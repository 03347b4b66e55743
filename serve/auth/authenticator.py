"""Authenticator: checks passwords, sessions and API keys, and opens and ends sessions.

Keys and sessions are read from the store again after its next commit, which the commit counter in shared memory tells: a key that
was revoked, or a session that was ended, through one ingress replica is refused by all others with their next request. They are looked up by digest:
the time of a look-up tells nothing of a secret. A session's digest is keyed by user and password, so that a change of either ends all sessions.
"""

import asyncio
import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Protocol

from anyio import CapacityLimiter, to_thread

from pipeline.errors import DubarrError
from pipeline.values.access.api_key import ApiKey, digest_secret
from serve.auth.credentials import Credentials
from serve.auth.login_failures import LoginFailures
from serve.auth.login_throttle import LoginThrottle, Verdict
from serve.auth.principal import PresentedCredentials, Principal, Proof

log = logging.getLogger(__name__)

SESSION_LIFETIME = timedelta(days=14)
SESSION_BYTES = 32  # 256 bits
USE_INTERVAL = timedelta(minutes=10)  # between two records of a key's use: a write per request would load the store


class Denial(Enum):
    """Reason why a request is not authenticated."""

    MISSING = "missing"
    WRONG_PASSWORD = "wrong password"  # noqa: S105 -- a reason
    WRONG_KEY = "wrong key"
    BUSY = "too many guesses"


class KeyTable(Protocol):
    """API keys of the store, local or remote."""

    def list_keys(self) -> tuple[ApiKey, ...]: ...
    def record_use(self, digest: str, at: datetime) -> None: ...


class SessionTable(Protocol):
    """Sessions of the store, local or remote."""

    def list_sessions(self) -> dict[str, datetime]: ...
    def add_session(self, digest: str, expires_at: datetime) -> None: ...
    def remove_session(self, digest: str) -> None: ...


@dataclass(frozen=True, slots=True)
class _KnownTokens:
    """Keys and sessions by digest, as of a commit of the store; None where its commits cannot be counted."""

    commits: int | None = None
    keys: Mapping[str, ApiKey] = field(default_factory=dict)
    sessions: Mapping[str, datetime] = field(default_factory=dict)


class Authenticator:
    """Authenticator of one process. `count_commits`: of the store, None where it is not known."""

    def __init__(
        self, credentials: Credentials, keys: KeyTable, sessions: SessionTable, count_commits: Callable[[], int | None]
    ) -> None:
        self._user, self._expected = credentials.user, f"{credentials.user}:{credentials.password}".encode()
        self._session_key = hashlib.sha256(self._expected).digest()
        self._keys, self._sessions, self._count_commits = keys, sessions, count_commits
        self._known = _KnownTokens()
        self._one_reader = CapacityLimiter(
            1
        )  # a thread that other requests do not wait for; those that come meanwhile share its result
        self._used: dict[str, datetime] = {}  # digest → last recorded use
        self._recording: set[asyncio.Task[None]] = set()
        self._throttle, self._failures = LoginThrottle(), LoginFailures()

    async def authenticate(self, given: PresentedCredentials, address: str) -> Principal | Denial:
        """Authenticate a request of a client address. A key alone counts where one is given; a session goes before a password, which
        browsers keep and send after it was changed. StoreError where the store cannot be asked for a key or a session.
        """
        if given.key is not None:
            key = (await self._read_tokens()).keys.get(digest_secret(given.key))
            if key is None:
                self._failures.record(address, "API key")
                return Denial.WRONG_KEY
            self._record_use(key)
            return Principal.of_key(key)
        if given.session is not None and await self._is_session(given.session):
            return Principal.of_user(self._user, Proof.SESSION)
        if not given.authorization:
            return Denial.MISSING
        denial = await self.check_password(given.basic or b"", address)
        return denial or Principal.of_user(self._user, Proof.PASSWORD)

    async def check_password(self, guess: bytes, address: str) -> Denial | None:
        """Check `user:password`; None where it is right."""
        verdict = await self._throttle.check(address, guess, lambda given: hmac.compare_digest(given, self._expected))
        if verdict is Verdict.RIGHT:
            return None
        self._failures.record(address, "user or password")  # also one that was not looked at: nobody else sends so many
        return Denial.WRONG_PASSWORD if verdict is Verdict.WRONG else Denial.BUSY

    async def open_session(self) -> str:
        """Open a session. Returns the token for the browser's cookie."""
        token = secrets.token_urlsafe(SESSION_BYTES)
        expires_at = _utc_now() + SESSION_LIFETIME
        await to_thread.run_sync(self._sessions.add_session, self._digest_session(token), expires_at)
        return token

    async def end_session(self, token: str) -> None:
        """End a session, if it is one."""
        await to_thread.run_sync(self._sessions.remove_session, self._digest_session(token))

    async def _is_session(self, token: str) -> bool:
        expires_at = (await self._read_tokens()).sessions.get(self._digest_session(token))
        return expires_at is not None and expires_at > _utc_now()

    def _digest_session(self, token: str) -> str:
        return hmac.new(self._session_key, token.encode(), hashlib.sha256).hexdigest()

    async def _read_tokens(self) -> _KnownTokens:
        known = self._known
        if known.commits is not None and known.commits == self._count_commits():
            return known
        return await to_thread.run_sync(self._read_store, limiter=self._one_reader)

    def _read_store(self) -> _KnownTokens:
        commits = self._count_commits()  # before the tables: a commit during their reading is read again
        if self._known.commits is None or self._known.commits != commits:
            keys = {key.digest: key for key in self._keys.list_keys()}
            self._known = _KnownTokens(commits, keys, self._sessions.list_sessions())
        return self._known

    def _record_use(self, key: ApiKey) -> None:
        """Record a key's use in the background, unless that was done a few minutes ago."""
        at = _utc_now()
        last = max((each for each in (key.last_used_at, self._used.get(key.digest)) if each), default=None)
        if last is not None and at - last < USE_INTERVAL:
            return
        self._used = {digest: each for digest, each in self._used.items() if digest in self._known.keys} | {key.digest: at}
        writing = asyncio.ensure_future(self._write_use(key, at))
        self._recording.add(writing)  # the loop itself keeps only weak references
        writing.add_done_callback(self._recording.discard)

    async def _write_use(self, key: ApiKey, at: datetime) -> None:
        try:
            await to_thread.run_sync(self._keys.record_use, key.digest, at)
        except DubarrError as error:
            log.warning("the use of the API key %s was not recorded: %s", key.name, error)


def _utc_now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
