"""API keys and sessions in the store: names, digests, uses, expiry."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.errors import NotFound, NotPossible
from pipeline.store.access import api_keys, sessions
from pipeline.store.database.database import now
from pipeline.store.store import Store
from pipeline.values.access.api_key import GRANTS, KeyScope, digest_secret, make_secret


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "store.duckdb")
    yield opened
    opened.close()


def test_a_key_is_256_random_bits_and_only_its_digest_is_in_the_file(store: Store, tmp_path: Path) -> None:
    secret = make_secret()
    assert len(secret.removeprefix("dubarr_")) == 43, "256 bits"
    assert secret != make_secret()
    store.keys.add_key("sonarr", KeyScope.WEBHOOK, digest_secret(secret))
    copy = store.backup(tmp_path)
    assert secret.encode() not in copy.read_bytes()
    (key,) = store.keys.list_keys()
    assert (key.name, key.scope, key.last_used_at) == ("sonarr", "webhook", None)
    assert key.digest not in repr(key)


def test_a_name_is_one_key_whatever_its_case_until_it_is_revoked(store: Store) -> None:
    store.keys.add_key("Sonarr", KeyScope.WEBHOOK, "a")
    with pytest.raises(NotPossible, match="already"):
        store.keys.add_key("sonarr", KeyScope.READ, "b")
    store.keys.revoke_key("SONARR")
    assert store.keys.list_keys() == ()
    store.keys.add_key("sonarr", KeyScope.READ, "b")
    with pytest.raises(NotFound, match="radarr"):
        store.keys.revoke_key("radarr")


@pytest.mark.parametrize("name", ["", " a", "../a", "a/b", "é", "a\n", "-a", "x" * 65])
def test_a_name_that_no_key_has_is_refused(store: Store, name: str) -> None:
    with pytest.raises(NotPossible, match="a key's name"):
        store.keys.add_key(name, KeyScope.READ, "a")


def test_the_number_of_keys_is_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_keys, "MAX_KEYS", 3)
    for number in range(api_keys.MAX_KEYS):
        store.keys.add_key(f"key {number}", KeyScope.READ, str(number))
    with pytest.raises(NotPossible, match="revoke one"):
        store.keys.add_key("one more", KeyScope.READ, "more")


def test_a_use_is_recorded_and_never_goes_back(store: Store) -> None:
    store.keys.add_key("sonarr", KeyScope.WEBHOOK, "a")
    at = now()
    store.keys.record_use("a", at)
    store.keys.record_use("a", at - timedelta(hours=1))
    store.keys.record_use("gone", at)
    assert [key.last_used_at for key in store.keys.list_keys()] == [at]


def test_sessions_end_by_time_by_hand_and_the_oldest_for_want_of_room(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "MAX_SESSIONS", 5)
    later = now() + timedelta(days=1)
    store.sessions.add_session("old", now() - timedelta(seconds=1))
    store.sessions.add_session("mine", later)
    assert store.sessions.list_sessions() == {"mine": later}
    store.sessions.remove_session("mine")
    store.sessions.remove_session("mine")
    assert store.sessions.list_sessions() == {}
    for number in range(sessions.MAX_SESSIONS + 3):
        store.sessions.add_session(str(number), later)
    kept = store.sessions.list_sessions()
    assert len(kept) == sessions.MAX_SESSIONS
    assert "0" not in kept and str(sessions.MAX_SESSIONS + 2) in kept


def test_scopes_grant_no_more_than_they_say() -> None:
    assert GRANTS[KeyScope.WEBHOOK] == {KeyScope.WEBHOOK}
    assert GRANTS[KeyScope.METRICS] == {KeyScope.METRICS}
    assert GRANTS[KeyScope.READ] == {KeyScope.READ}
    assert GRANTS[KeyScope.WRITE] == {KeyScope.WEBHOOK, KeyScope.READ, KeyScope.WRITE}
    assert GRANTS[KeyScope.ADMIN] == set(KeyScope)
