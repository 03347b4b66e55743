import base64
import re

import httpx
import pytest
from bokeh.util.token import get_token_payload

from tests.support.dashboard import add_dub
from tests.support.dashboard_server import PASSWORD, USER


@pytest.fixture
def client(site):
    with httpx.Client(base_url=site.url, auth=(USER, PASSWORD)) as client:
        yield client


def test_the_page_is_painted_without_waiting_for_scripts(client):
    page = client.get("/").text
    assert page.index('id="films"') < page.index("bokeh.min.js")


def test_the_password_does_not_stand_in_the_page(client):
    page = client.get("/", headers={"Cookie": "secret=biscuit"}).text
    (token,) = re.findall(r'"token":"([^"]+)"', page)
    written = page + repr(get_token_payload(token))
    for secret in (PASSWORD, base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode(), "biscuit", "uthorization"):
        assert secret not in written


def test_nothing_of_the_page_comes_from_another_host(client, site):
    page = client.get("/").text
    sources = re.findall(r"""(?:src|href)=["']([^"']+)["']""", page)
    assert sources and all(not re.match(r"(https?:)?//", source) or source.startswith(site.url) for source in sources)


def test_a_session_that_a_websocket_opens_again_names_no_other_host(site):
    document = site.dashboard.server._applications["/"].application.create_document()  # no page is rendered for it
    written = repr(document.to_json())
    assert ".css" in written and "://" not in written


def test_the_static_files_and_the_component_are_there(client):
    page = client.get("/").text
    assert all(client.get(source).status_code == 200 for source in re.findall(r'src="([^"]+\.js[^"]*)"', page))
    component = client.get("/components/dashboard.channel/LiveChannel/_bundle_path/channel.js")
    assert "javascript" in component.headers["content-type"] and "export async function render" in component.text
    script = client.get("/assets/main.js")
    assert "javascript" in script.headers["content-type"] and script.headers["cache-control"] == "no-cache"
    assert client.get("/assets/main.js", headers={"If-None-Match": script.headers["etag"]}).status_code == 304


def test_a_page_that_was_only_fetched_leaves_no_session_behind(client, site):
    for _ in range(3):
        client.get("/")
    assert site.dashboard.sessions > 0
    site.settles("no session is left", lambda: site.dashboard.sessions == 0)
    assert site.service.queries == 0


def test_without_the_password_there_is_no_page(site):
    assert httpx.get(site.url).status_code == 401


@pytest.mark.parametrize("name", ["stages", "pressure", "isochrony", "lateness", "coverage", "throughput", "factors"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_figure_comes_as_json_with_its_lines(client, service, name, scheme):
    task, _ = add_dub(service, "a.mkv", lines=30)
    answer = client.get(f"/figures/{name}", params={"task": task.id, "language": "es", "scheme": scheme})
    assert answer.status_code == 200 and answer.json()["doc"]["roots"]
    assert "http" not in re.sub(r"http://www.w3.org", "", answer.text)


@pytest.mark.parametrize("query", ["nonsense", "isochrony?task=99", "isochrony?task=-1", "isochrony?scheme=pink", "throughput"])
def test_a_figure_of_nothing_is_refused(client, query):
    assert client.get(f"/figures/{query}").status_code in {404, 422}


def test_an_address_is_painted_before_any_script_runs(client):
    assert 'aria-current="page">System' in client.get("/?page=system").text
