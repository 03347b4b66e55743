"""Remote API keys and sessions: parts of the store, each method with the signature of the method that it calls."""

from datetime import datetime

from pipeline.store.access.api_keys import ApiKeys
from pipeline.store.access.sessions import Sessions
from pipeline.values.access.api_key import ApiKey, KeyScope
from serve.store.store_calls import RemotePart


class RemoteApiKeys(RemotePart):
    """`ApiKeys` of the store, by the store actor."""

    def list_keys(self) -> tuple[ApiKey, ...]:
        return self._ask(ApiKeys.list_keys)

    def add_key(self, name: str, scope: KeyScope, digest: str) -> ApiKey:
        return self._ask(ApiKeys.add_key, name, scope, digest)

    def revoke_key(self, name: str) -> None:
        return self._ask(ApiKeys.revoke_key, name)

    def record_use(self, digest: str, at: datetime) -> None:
        return self._ask(ApiKeys.record_use, digest, at)


class RemoteSessions(RemotePart):
    """`Sessions` of the store, by the store actor."""

    def list_sessions(self) -> dict[str, datetime]:
        return self._ask(Sessions.list_sessions)

    def add_session(self, digest: str, expires_at: datetime) -> None:
        return self._ask(Sessions.add_session, digest, expires_at)

    def remove_session(self, digest: str) -> None:
        return self._ask(Sessions.remove_session, digest)
