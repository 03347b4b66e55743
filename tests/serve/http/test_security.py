"""Who gets in: passwords, other sites' pages, names, websockets, and the headers of answers."""

from collections.abc import Iterator

import pytest
from in_process_service import AUTH, Served, basic, served
from starlette.testclient import WebSocketDenialResponse

from pipeline.settings import Settings
from serve.http.security.cross_site import find_allowed_hosts, is_cross_site


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("shared")) as running:
        yield running


@pytest.fixture
def service(shared: Served) -> Served:
    """One service for this whole module: nothing here changes anything in it."""
    shared.client.auth = AUTH
    return shared


GUARDED = ["/api/tasks", "/download/1", "/openapi.json", "/favicon.ico", "/", "/health/../api/tasks", "/nowhere"]


@pytest.mark.parametrize("path", GUARDED)
def test_every_path_but_health_asks_for_the_password(service: Served, path: str) -> None:
    service.client.auth = None
    answer = service.client.get(path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic ")


@pytest.mark.parametrize(
    "headers",
    [
        basic("dubarr", "wrong"),
        basic("DUBARR", "correct horse"),
        basic("", ""),
        {"authorization": "Basic !!!"},
        {"authorization": "Bearer correct horse"},
        {"authorization": "Basic"},
        basic("dubarr", "correct horse\0"),
    ],
)
def test_wrong_credentials_are_refused(service: Served, headers: dict[str, str]) -> None:
    service.client.auth = None
    own = {
        "x-forwarded-for": f"192.0.2.{len(headers['authorization'])}"
    }  # an address of its own: guesses are throttled by address
    assert service.client.get("/api/tasks", headers=headers | own).status_code == 401
    assert service.client.get("/api/tasks", headers=basic(*AUTH) | own).status_code == 200


def test_health_is_open_for_reading_only(service: Served) -> None:
    service.client.auth = None
    assert service.client.get("/health").status_code == 200
    assert service.client.post("/health").status_code == 401


FOREIGN = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"origin": "http://evil.example"},
    {"origin": "null"},
    {"origin": "http://localhost:9999"},
    {"origin": "http://localhost:8000", "sec-fetch-site": "cross-site"},
    {"origin": "http://localhost:8000.evil.example"},
    {"origin": "http://localhost:x"},
]
OURS = [
    {},
    {"sec-fetch-site": "none"},
    {"sec-fetch-site": "same-origin"},
    {"origin": "http://localhost:8000"},
    {"origin": "http://localhost:8000", "sec-fetch-site": "same-origin"},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_other_sites_pages_change_nothing_and_open_no_socket(service: Served, headers: dict[str, str]) -> None:
    assert service.client.post("/delete/1", headers=headers).status_code == 403
    with (
        pytest.raises(WebSocketDenialResponse) as refused,
        service.client.websocket_connect("ws://localhost:8000/ws/logs", headers=headers | basic(*AUTH)),
    ):
        pass
    assert refused.value.status_code == 403


@pytest.mark.parametrize("headers", OURS)
def test_our_own_pages_and_programs_pass(service: Served, headers: dict[str, str]) -> None:
    assert service.client.post("/delete/1", headers=headers).status_code == 404
    with service.client.websocket_connect("ws://localhost:8000/ws/logs", headers=headers | basic(*AUTH)):
        pass


BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0", "accept-language": "en"}
NAVIGATION = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
LINKS = [
    {"sec-fetch-site": "cross-site", **NAVIGATION},
    {"sec-fetch-site": "same-site", **NAVIGATION},  # a page on another port of this machine
    {"sec-fetch-site": "cross-site"},
    {"referer": "http://evil.example/page", **BROWSER},
    {"referer": "http://localhost:9999/page", **BROWSER},
    BROWSER,  # without TLS, from a page that has its Referer left out
]
PLACES = ["/api/tasks", "/api/tasks/1/watch", "/download/1", "/openapi.json", "/figures/stages", "/favicon.ico", "//"]


@pytest.mark.parametrize("headers", LINKS)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_links_from_other_sites_reach_nothing_that_costs_or_tells(
    service: Served, headers: dict[str, str], place: str, method: str
) -> None:
    service.client.headers.update(headers)
    try:
        assert service.client.request(method, f"http://localhost:8000{place}").status_code == 403
    finally:
        for name in headers:
            del service.client.headers[name]


@pytest.mark.parametrize("headers", LINKS)
def test_links_from_other_sites_lead_to_the_dashboards_page(service: Served, headers: dict[str, str]) -> None:
    assert service.client.get("/?task=1", headers=headers).status_code == 404, "past the gate; no dashboard is mounted here"
    assert service.client.head("/", headers=headers).status_code == 403
    assert service.client.post("/", headers=headers).status_code == 403


@pytest.mark.parametrize("kind", ["video", "image", "iframe", "frame", "object", "embed", "script", "empty"])
def test_other_sites_pages_take_nothing_of_ours_into_themselves(service: Served, kind: str) -> None:
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-dest": kind}
    for path in ("/", "/api/tasks"):
        assert service.client.get(path, headers=headers | {"sec-fetch-mode": "navigate"}).status_code == 403
    assert service.client.get("/api/tasks", headers=headers | {"sec-fetch-site": "same-origin"}).status_code == 200


def test_other_sites_scripts_do_not_read_the_page(service: Served) -> None:
    for mode in ("no-cors", "cors"):
        assert service.client.get("/", headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": mode}).status_code == 403
    assert service.client.get("/", headers={"origin": "http://evil.example"}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "none", **NAVIGATION},  # typed, or a bookmark
        {"sec-fetch-site": "same-origin", "referer": "https://a-name-a-proxy-took-away/"},
        {"referer": "http://localhost:8000/?task=1", **BROWSER},
        {"user-agent": "curl/8.5.0"},
        {"user-agent": "Sonarr/4.0"},
        {"user-agent": "Mozilla/5.0 (Windows NT; en-US) WindowsPowerShell/5.1"},
        {"referer": ""},
    ],
)
def test_our_own_pages_the_address_bar_and_programs_reach_everything(service: Served, headers: dict[str, str]) -> None:
    assert service.client.get("/api/tasks", headers=headers).status_code == 200


def test_default_ports_count_as_named() -> None:
    assert not is_cross_site({"host": "films.example:443", "origin": "https://films.example"})
    assert not is_cross_site({"host": "films.example", "origin": "https://films.example:443"})
    assert is_cross_site({"host": "films.example", "origin": "https://films.example:8443"})


def test_a_socket_without_the_password_is_refused_by_401(service: Served) -> None:
    service.client.auth = None
    with pytest.raises(WebSocketDenialResponse) as refused, service.client.websocket_connect("ws://localhost:8000/ws/logs"):
        pass
    assert refused.value.status_code == 401


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "[::2]:8000", "", "[", "localhost:x@evil.example"]
)
def test_a_name_that_is_not_ours_is_refused_while_we_listen_on_loopback(service: Served, host: str) -> None:
    assert service.client.get("/health", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:9", "[::1]:8000", "LOCALHOST"])
def test_loopback_names_are_ours(service: Served, host: str) -> None:
    assert service.client.get("/health", headers={"host": host}).status_code == 200


def test_a_proxys_name_can_be_allowed_and_beyond_loopback_every_name_is() -> None:
    assert "films.example" in (find_allowed_hosts(Settings(allowed_hosts=("Films.example",))) or ())
    assert find_allowed_hosts(Settings(host="0.0.0.0")) is None
    assert find_allowed_hosts(Settings(host="192.0.2.7")) is None


def test_a_health_check_may_ask_by_head(service: Served) -> None:
    service.client.auth = None
    answer = service.client.head("/health")
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_wrong_password_leaves_the_address_in_the_log_and_not_itself(service: Served, caplog: pytest.LogCaptureFixture) -> None:
    service.client.auth = None
    headers = {"x-forwarded-for": "192.0.2.99"}
    service.client.get("/api/tasks", headers=headers | basic("dubarr", "a secret guess"))
    assert [(record.levelname, record.getMessage()) for record in caplog.records if "password" in record.getMessage()] == [
        ("WARNING", "wrong user or password from 192.0.2.99")
    ]
    caplog.clear()
    service.client.get("/api/tasks", headers={"x-forwarded-for": "192.0.2.98"})
    assert "password" not in caplog.text, "every browser begins without one"


@pytest.mark.parametrize("path", ["/health", "/api/tasks", "/nowhere", "/favicon.ico"])
def test_every_answer_carries_the_security_headers(service: Served, path: str) -> None:
    headers = service.client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    policy = headers["content-security-policy"]
    assert "unsafe-eval" not in policy
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "connect-src 'self' ws://localhost:8000 wss://localhost:8000;" in policy


def test_scripts_within_a_page_run_by_a_nonce_that_is_new_each_time(service: Served) -> None:
    def scripts() -> list[str]:
        policy = service.client.get("/health").headers["content-security-policy"]
        (directive,) = [each.split() for each in policy.split("; ") if each.startswith("script-src ")]
        return directive

    first, second = scripts(), scripts()
    assert "'unsafe-inline'" not in first
    (nonce,) = [each for each in first if each.startswith("'nonce-")]
    assert len(nonce) > 28
    assert nonce not in second


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_body_over_the_limit_is_refused(service: Served, method: str) -> None:
    path = "/webhook" if method == "POST" else "/api/tasks/1"
    body = b'{"path": "' + b"x" * (1 << 20) + b'"}'
    answer = service.client.request(method, path, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 413
    assert "/upload" in answer.json()["detail"]
