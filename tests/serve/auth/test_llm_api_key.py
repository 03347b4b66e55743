"""The key of the language model: made once, kept to ourselves, and asked of everybody."""

import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import SettingsError
from pipeline.settings import Settings
from serve.auth import llm_api_key
from serve.auth.llm_api_key import BearerAuth

KEY = "k" * 43


class Inner:
    """An application that counts who came through."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.seen.append(scope["type"])
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"ours"})


def asked(*authorization: bytes, kind: str = "http", method: str = "POST", **scope: Any) -> tuple[Inner, list[dict[str, Any]]]:
    """What the middleware says to a request with these Authorization headers, and what came through."""
    inner, said = Inner(), []

    async def send(message: Any) -> None:
        said.append(dict(message))

    async def receive() -> dict[str, Any]:
        raise AssertionError("the body was read before the key was looked at")

    headers = [(b"host", b"localhost"), *((b"authorization", value) for value in authorization)]
    call = BearerAuth(inner, known=llm_api_key.digest_key(KEY))(
        {"type": kind, "method": method, "headers": headers, **scope}, receive, send
    )
    asyncio.run(call)
    return inner, said


def test_a_key_is_made_once_and_readable_by_us_alone(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    first = llm_api_key.load_llm_api_key(settings)
    assert llm_api_key.load_llm_api_key(settings) == first
    assert len(first) >= 43
    assert (tmp_path / "data" / "llm.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["llm.key"]


def test_many_at_once_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: llm_api_key.load_llm_api_key(Settings(data_dir=tmp_path)), range(16)))
    assert len(made) == 1


def test_two_services_have_two_keys(tmp_path: Path) -> None:
    assert llm_api_key.load_llm_api_key(Settings(data_dir=tmp_path / "one")) != llm_api_key.load_llm_api_key(
        Settings(data_dir=tmp_path / "two")
    )


def test_a_key_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    llm_api_key.load_llm_api_key(Settings(data_dir=tmp_path))
    (tmp_path / "llm.key").chmod(0o644)
    llm_api_key.load_llm_api_key(Settings(data_dir=tmp_path))
    assert (tmp_path / "llm.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "secret\n", "ä" * 40])
def test_a_file_that_holds_no_key_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "llm.key").write_text(text)
    with pytest.raises(SettingsError, match="llm.key holds no key of 32 ASCII characters or more; remove it"):
        llm_api_key.load_llm_api_key(Settings(data_dir=tmp_path))


def test_a_digest_does_not_tell_the_key() -> None:
    assert llm_api_key.digest_key(KEY) == hashlib.sha256(KEY.encode()).hexdigest()
    assert KEY not in llm_api_key.digest_key(KEY)


@pytest.mark.parametrize("scheme", [b"Bearer ", b"bearer ", b"BEARER  "])
def test_whoever_gives_the_key_comes_through(scheme: bytes) -> None:
    inner, said = asked(scheme + KEY.encode())
    assert (inner.seen, said[0]["status"]) == (["http"], 200)


@pytest.mark.parametrize(
    "authorization",
    [
        (),
        (b"",),
        (b"Bearer",),
        (b"Bearer ",),
        (b"Bearer " + KEY[:-1].encode(),),
        (b"Bearer " + KEY.encode() + b"k",),
        (b"Bearer " + llm_api_key.digest_key(KEY).encode(),),
        (b"Basic " + KEY.encode(),),
        (KEY.encode(),),
        (b"Bearer \xff\x00",),
        (b"Bearer " + KEY.encode(), b"Bearer " + KEY.encode()),
    ],
)
def test_nobody_else_does_and_the_answer_says_what_is_missing(authorization: tuple[bytes, ...]) -> None:
    inner, said = asked(*authorization)
    assert inner.seen == []
    assert said[0]["status"] == 401
    assert dict(said[0]["headers"])[b"www-authenticate"].startswith(b"Bearer")
    assert b"llm.key" in said[1]["body"]
    assert int(dict(said[0]["headers"])[b"content-length"]) == len(said[1]["body"])


def test_other_sites_get_no_leave_to_ask() -> None:
    inner, said = asked(method="OPTIONS")
    assert (inner.seen, said[0]["status"]) == ([], 401)


def test_a_head_is_refused_without_a_body() -> None:
    _, said = asked(method="HEAD")
    assert (said[0]["status"], said[1]["body"]) == (401, b"")


def test_a_websocket_without_the_key_is_refused_by_an_answer_where_the_server_can() -> None:
    inner, said = asked(kind="websocket", extensions={"websocket.http.response": {}})
    assert inner.seen == []
    assert [message["type"] for message in said] == ["websocket.http.response.start", "websocket.http.response.body"]
    assert said[0]["status"] == 401


def test_a_websocket_without_the_key_never_opens_elsewhere() -> None:
    inner, said = asked(kind="websocket")
    assert inner.seen == []
    assert [(message["type"], message["code"]) for message in said] == [("websocket.close", 1008)]


def test_a_websocket_with_the_key_comes_through() -> None:
    assert asked(b"Bearer " + KEY.encode(), kind="websocket")[0].seen == ["websocket"]


def test_the_servers_own_messages_need_no_key() -> None:
    assert asked(kind="lifespan")[0].seen == ["lifespan"]


def test_keys_are_compared_in_constant_time_and_equal_length(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[int, int]] = []
    real = llm_api_key.hmac.compare_digest

    def watched(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return real(one, other)

    monkeypatch.setattr(llm_api_key.hmac, "compare_digest", watched)
    for given in ((), (b"Bearer x",), (b"Bearer " + KEY.encode(),), (b"Basic " + KEY.encode(),)):
        asked(*given)
    assert compared == [(32, 32)] * 4
