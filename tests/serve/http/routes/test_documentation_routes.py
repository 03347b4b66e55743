"""The interactive documentation and the kinds of problems: behind the password, at the address that a problem names."""

import pytest
from in_process_service import Served
from problem_details import read_problem

from serve.http.problem import ProblemKind


@pytest.mark.parametrize("kind", ProblemKind)
def test_the_type_of_a_problem_tells_what_it_means(service: Served, kind: ProblemKind) -> None:
    answer = service.client.get(kind.type)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert kind.title in answer.text and kind.meaning in answer.text


def test_types_and_titles_of_problems_are_unique() -> None:
    assert len({kind.type for kind in ProblemKind}) == len({kind.title for kind in ProblemKind}) == len(list(ProblemKind))


def test_no_other_kind_and_no_other_asset_is_there(service: Served) -> None:
    assert read_problem(service.client.get("/problems/none")) == "not-found"
    assert service.client.get("/docs/core.py").status_code == 422


def test_the_page_names_assets_of_this_service_and_its_script_has_the_nonce_of_the_answer(service: Served) -> None:
    page = service.client.get("/docs")
    assert page.status_code == 200 and "http://" not in page.text and "https://" not in page.text
    nonce = page.text.partition('nonce="')[2].partition('"')[0]
    assert nonce and f"'nonce-{nonce}'" in page.headers["content-security-policy"]


@pytest.mark.parametrize(("asset", "kind"), [("swagger-ui-bundle.js", "javascript"), ("swagger-ui.css", "text/css")])
def test_swagger_ui_comes_from_this_machine(service: Served, asset: str, kind: str) -> None:
    pytest.importorskip("fastapi_offline", reason="Swagger UI is not installed; ./dubarr setup brings it")
    answer = service.client.get(f"/docs/{asset}")
    assert answer.status_code == 200 and kind in answer.headers["content-type"] and len(answer.content) > 100_000


def test_the_documentation_wants_the_password(service: Served) -> None:
    service.client.auth = None
    assert {service.client.get(path).status_code for path in ("/docs", "/docs/swagger-ui.css", "/problems/not-found")} == {401}


def test_a_method_that_no_route_has_is_told_with_all_that_there_are(service: Served) -> None:
    answer = service.client.put("/api/tasks")
    assert (answer.status_code, answer.headers["allow"], read_problem(answer)) == (405, "GET, POST", "about:blank")
    assert service.client.put("/api/tasks/1").headers["allow"] == "GET, PATCH"
    assert service.client.put("/").status_code in {404, 405}
