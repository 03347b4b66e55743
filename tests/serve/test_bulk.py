import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipeline.errors import FilmRefused, NotPossible
from pipeline.library import Outcome
from serve.bulk import ServiceDubbing

FILM = Path("/films/film.mkv")


@dataclass
class FakeClient:
    """A service that has its own folder, `/films`, and dubs at once."""

    knows: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    status: str = "DONE"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.calls.append("closed")

    def offer_path(self, path, targets, source):
        if path.parts[1] != "films":
            raise FilmRefused(f"{path} does not lie under a library root")
        self.calls.append("offered")
        self.knows = self.knows or list(targets)
        return {"id": 7, "target_langs": self.knows}

    def upload(self, path, targets, source):
        self.calls.append("uploaded")
        return {"id": 8, "target_langs": list(targets)}

    def add_languages(self, task_id, targets):
        self.calls.append(f"added {targets}")
        return {"id": task_id, "target_langs": [*self.knows, *targets]}

    def wait(self, task_id):
        error = "no speech found" if self.status == "ERROR" else None
        return {"id": task_id, "status": self.status, "output": f"/dubs/{task_id}.mkv", "error": error}


def dubbed(client, film=FILM, targets=("es",)):
    return asyncio.run(ServiceDubbing(lambda: client)(film, targets, "en"))


def test_a_film_in_the_services_folder_is_dubbed_where_it_lies():
    client = FakeClient()
    assert dubbed(client) == Outcome("DONE", 7, "/dubs/7.mkv", None)
    assert client.calls == ["offered", "closed"]


def test_a_film_that_the_service_may_not_read_is_uploaded():
    client = FakeClient()
    assert dubbed(client, Path("/elsewhere/film.mkv")).task == 8
    assert client.calls == ["uploaded", "closed"]


def test_a_film_that_is_a_task_already_gets_the_language_that_it_lacks():
    client = FakeClient(knows=["es"])
    dubbed(client, targets=("es", "ca"))
    assert client.calls == ["offered", "added ['ca']", "closed"]


def test_what_went_wrong_is_told():
    assert dubbed(FakeClient(status="ERROR")) == Outcome("ERROR", 7, "/dubs/7.mkv", "no speech found")


def test_what_the_service_refuses_is_the_callers_to_word():
    class Refusing(FakeClient):
        def offer_path(self, path, targets, source):
            raise NotPossible("film.mkv is not dubbed: it is already a dub")

    with pytest.raises(NotPossible, match="already a dub"):
        dubbed(Refusing())
