"""Problem details in answers, checked by RFC 9457."""

from http import HTTPStatus
from urllib.parse import unquote

import httpx

from serve.http.problem import MEMBERS, PROBLEM_TYPE, UNTYPED, ProblemKind

TYPES = {kind.type: kind for kind in ProblemKind}


def read_problem(answer: httpx.Response) -> str:
    """The kind of an answer's problem, without /problems/, after all of its members are checked; about:blank where none is known."""
    assert answer.headers["content-type"] == PROBLEM_TYPE
    problem = answer.json()
    assert list(problem)[-len(MEMBERS) :] == list(MEMBERS)
    assert problem["status"] == answer.status_code
    assert unquote(problem["instance"]) == unquote(answer.request.url.path)
    assert isinstance(problem["detail"], str) and problem["detail"]
    if problem["type"] == UNTYPED:
        assert problem["title"] == HTTPStatus(answer.status_code).phrase
        return UNTYPED
    kind = TYPES[problem["type"]]
    assert (kind.status, kind.title) == (problem["status"], problem["title"])
    return kind.type.removeprefix("/problems/")
