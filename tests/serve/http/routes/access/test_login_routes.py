"""The login page and its sessions: cookies, targets, other sites, log-out, replicas, restarts and changed passwords."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from in_process_service import AUTH, CREDENTIALS, Served, served
from starlette.testclient import TestClient

from serve.auth.credentials import Credentials
from serve.http.app import create_app
from serve.http.security.login_paths import find_local_target

HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
FORM = {"username": AUTH[0], "password": AUTH[1]}
OURS = {"origin": "http://localhost:8000", "sec-fetch-site": "same-origin"}
COOKIE = "dubarr-session-8000"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("login")) as running:
        yield running


@pytest.fixture
def service(shared: Served) -> Served:
    shared.client.auth = None
    shared.client.cookies.clear()
    return shared


def log_in(client: TestClient, **fields: str) -> None:
    answer = client.post("/login", data=FORM | fields, headers=OURS)
    assert answer.status_code == 303, answer.text


def test_a_browser_that_opens_a_page_is_led_to_the_login_page_and_back(service: Served) -> None:
    sent = service.client.get("/?task=7&tab=script", headers=HTML)
    assert (sent.status_code, sent.headers["location"]) == (303, "/login?next=%2F%3Ftask%3D7%26tab%3Dscript")
    page = service.client.get(sent.headers["location"], headers=HTML)
    assert 'value="/?task=7&amp;tab=script"' in page.text
    assert 'autocomplete="username"' in page.text and 'autocomplete="current-password"' in page.text
    assert "<script" not in page.text, "it works without"
    answer = service.client.post("/login", data=FORM | {"next": "/?task=7&tab=script"}, headers=OURS)
    assert (answer.status_code, answer.headers["location"]) == (303, "/?task=7&tab=script")
    assert service.client.get("/api/tasks").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"accept": "*/*"},
        {"accept": "application/json"},
        {},
        HTML | {"sec-fetch-dest": "iframe"},
        HTML | {"authorization": "Basic !"},
    ],
)
def test_programs_get_the_challenge_of_basic_auth(service: Served, headers: dict[str, str]) -> None:
    answer = service.client.get("/", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic ")
    assert service.client.post("/upload", headers=HTML).status_code == 401


def test_scripts_of_a_page_get_no_challenge_which_would_open_a_dialog(service: Served) -> None:
    answer = service.client.get("/api/tasks", headers={"sec-fetch-mode": "cors", "sec-fetch-site": "same-origin"})
    assert answer.status_code == 401
    assert "www-authenticate" not in answer.headers


def test_the_cookie_is_for_this_site_and_no_script(service: Served) -> None:
    cookie = service.client.post("/login", data=FORM, headers=OURS).headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert {"HttpOnly", "Path=/", "SameSite=lax", "Max-Age=1209600"} <= {each.strip() for each in cookie.split(";")}
    assert "Secure" not in cookie, "plain HTTP: a browser would not keep it"
    for secure in ({"origin": "https://localhost:8000"}, OURS | {"x-forwarded-proto": "https"}):
        headers = {"host": "localhost:8000"} | secure
        assert "; Secure" in service.client.post("/login", data=FORM, headers=headers).headers["set-cookie"]


def test_a_wrong_password_is_told_on_the_page_and_opens_nothing(service: Served, caplog: pytest.LogCaptureFixture) -> None:
    own = {"x-forwarded-for": "192.0.2.44"}
    answer = service.client.post("/login", data={"username": "dubarr", "password": "my s3cret"}, headers=OURS | own)
    assert answer.status_code == 403
    assert "Wrong user or password." in answer.text
    assert "my s3cret" not in answer.text + caplog.text
    assert "set-cookie" not in answer.headers
    assert "wrong user or password from 192.0.2.44" in caplog.text


def test_what_a_stranger_writes_is_shown_as_text(service: Served) -> None:
    form = {"username": '"><script>alert(1)</script>', "password": "x", "next": '/"><b>'}
    page = service.client.post("/login", data=form, headers=OURS | {"x-forwarded-for": "192.0.2.45"}).text
    assert "<script" not in page and "<b>" not in page


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example/",
        "evil.example",
        "",
        "/a\nb",
        "javascript:alert(1)",
        "/\t/evil",
        "/ü",
    ],
)
def test_no_login_leads_to_another_site(service: Served, target: str) -> None:
    assert find_local_target(target) == "/"
    assert service.client.post("/login", data=FORM | {"next": target}, headers=OURS).headers["location"] == "/"


@pytest.mark.parametrize("path", ["/login", "/logout"])
def test_other_sites_log_nobody_in_or_out(service: Served, path: str) -> None:
    log_in(service.client)
    for foreign in ({"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}):
        assert service.client.post(path, data=FORM, headers=foreign).status_code == 403
    assert service.client.get("/api/tasks").status_code == 200


def test_a_session_is_a_browsers_credential_and_other_sites_pages_cannot_use_it(service: Served) -> None:
    log_in(service.client)
    assert service.client.post("/delete/1", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert service.client.get("/api/tasks", headers={"origin": "http://evil.example"}).status_code == 403
    assert service.client.post("/delete/1", headers=OURS).status_code == 404


def test_a_log_out_ends_the_session_on_the_server_too(service: Served) -> None:
    log_in(service.client)
    token = service.client.cookies[COOKIE]
    answer = service.client.post("/logout", headers=OURS)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert COOKIE not in service.client.cookies
    assert service.client.get("/api/tasks", headers={"cookie": f"{COOKIE}={token}"}).status_code == 401


def test_a_session_holds_in_every_replica_over_restarts_and_not_after_another_password(service: Served) -> None:
    log_in(service.client)
    cookie = {"cookie": f"{COOKIE}={service.client.cookies[COOKIE]}"}
    context = service.client.app.state.context

    def status(credentials: Credentials) -> int:
        app = create_app(replace(context, credentials=credentials))
        with TestClient(app, base_url="http://localhost:8000") as other:
            return other.get("/api/tasks", headers=cookie).status_code

    assert status(CREDENTIALS) == 200, "another replica, or this one after a restart"
    assert status(Credentials("dubarr", "a new password")) == 401
    assert status(Credentials("other", CREDENTIALS.password)) == 401
    service.client.post("/logout", headers=OURS)
    assert status(CREDENTIALS) == 401


def test_a_valid_session_goes_before_a_password_that_the_browser_keeps(service: Served) -> None:
    log_in(service.client)
    assert service.client.get("/api/tasks", auth=("dubarr", "of last year")).status_code == 200


@pytest.mark.parametrize("value", ["", "x", "../../etc", '"', "%00", "a" * 4_000])
def test_a_forged_cookie_opens_nothing(service: Served, value: str) -> None:
    assert service.client.get("/api/tasks", headers={"cookie": f"a=b; {COOKIE}={value}"}).status_code == 401


@pytest.mark.parametrize("body", [b"\xff=\xff", b"a=1&" * 20, b"x" * 20_000, b""])
def test_a_malformed_form_is_refused(service: Served, body: bytes) -> None:
    headers = OURS | {"x-forwarded-for": "192.0.2.46", "content-type": "application/x-www-form-urlencoded"}
    assert service.client.post("/login", content=body, headers=headers).status_code in {400, 403}


def test_guesses_by_the_page_are_slowed_and_the_right_password_elsewhere_is_not(tmp_path: Path) -> None:
    with served(tmp_path) as own:
        own.client.auth = None
        guesser = OURS | {"x-forwarded-for": "192.0.2.47"}
        throttle = own.client.app.state.authenticator._throttle
        slept: list[float] = []

        async def sleep(seconds: float) -> None:
            slept.append(seconds)

        throttle._sleep = sleep
        for number in range(9):
            own.client.post("/login", data={"username": "dubarr", "password": str(number)}, headers=guesser)
        assert [round(each) for each in slept] == [0, 1, 2], slept
        log_in(own.client)
        assert len(slept) == 3
