import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from no_events import NoEvents

from pipeline.errors import FilmRefused, NotPossible
from pipeline.library.scan import DubbingRules, Failure, Outcome, RunHistory, find_settled_row
from serve.client.library_client import ServiceDubbing, update_memory

FILM = Path("/films/film.mkv")


@dataclass
class FakeClient:
    """A service that has its own folder, `/films`, and dubs at once."""

    knows: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    status: str = "DONE"

    def watch_changes(self, task_ids=(), *, types=()):
        return NoEvents()

    def submit_path(self, path, targets, source, *, priority):
        assert priority == "bulk"
        if path.parts[1] != "films":
            raise FilmRefused(f"{path} does not lie under a library root")
        self.calls.append("offered")
        self.knows = self.knows or list(targets)
        return {"id": 7, "target_langs": self.knows}

    def upload(self, path, targets, source, *, priority):
        assert priority == "bulk"
        self.calls.append("uploaded")
        return {"id": 8, "target_langs": list(targets)}

    def add_languages(self, task_id, targets):
        self.calls.append(f"added {targets}")
        return {"id": task_id, "target_langs": [*self.knows, *targets]}

    def tasks(self, *, ids, limit):
        error = "no speech found" if self.status == "ERROR" else None
        return [{"id": task_id, "status": self.status, "output": f"/dubs/{task_id}.mkv", "error": error} for task_id in ids]


def dubbed(client, film=FILM, targets=("es",)):
    return asyncio.run(ServiceDubbing(lambda: client)(film, targets, "en"))


def test_a_film_in_the_services_folder_is_dubbed_where_it_lies():
    client = FakeClient()
    assert dubbed(client) == Outcome("DONE", 7, "/dubs/7.mkv", None)
    assert client.calls == ["offered"]


def test_a_film_that_the_service_may_not_read_is_uploaded():
    client = FakeClient()
    assert dubbed(client, Path("/elsewhere/film.mkv")).task == 8
    assert client.calls == ["uploaded"]


def test_a_film_that_is_a_task_already_gets_the_language_that_it_lacks():
    client = FakeClient(knows=["es"])
    dubbed(client, targets=("es", "ca"))
    assert client.calls == ["offered", "added ['ca']"]


def test_what_went_wrong_is_told():
    assert dubbed(FakeClient(status="ERROR")) == Outcome("ERROR", 7, "/dubs/7.mkv", "no speech found")


def test_what_the_service_refuses_is_the_callers_to_word():
    class Refusing(FakeClient):
        def submit_path(self, path, targets, source, *, priority):
            raise NotPossible("film.mkv is not dubbed: it is already a dub")

    with pytest.raises(NotPossible, match="already a dub"):
        dubbed(Refusing())


def test_all_films_go_through_one_client():
    made = []

    def reach():
        made.append(FakeClient())
        return made[-1]

    async def both():
        dubbing = ServiceDubbing(reach)
        return await asyncio.gather(dubbing(FILM, ("es",), "en"), dubbing(Path("/films/other.mkv"), ("es",), None))

    assert [outcome.status for outcome in asyncio.run(both())] == ["DONE", "DONE"]
    assert len(made) == 1


class Failed:
    """A service that tells what failed, a page at a time."""

    def __init__(self, *tasks):
        self.known = tasks

    def tasks(self, *, status, limit, offset):
        return list(self.known)[offset : offset + 1] if status == "ERROR" else []


def task_of(path, number=7, *, size=None, created_at="2100-01-01T00:00:00.000Z"):
    size = path.stat().st_size if size is None else size
    return {"id": number, "path": str(path), "size": size, "created_at": created_at, "target_langs": ["es"], "error": "no speech"}


def test_the_service_knows_better_what_failed(tmp_path):
    for name in ("here.mkv", "other.mkv", "changed.mkv", "younger.mkv"):
        (tmp_path / name).write_bytes(b"film")
    gone = {**task_of(tmp_path / "here.mkv", 5), "path": str(tmp_path / "gone.mkv")}
    service = Failed(
        task_of(tmp_path / "here.mkv"),
        task_of(tmp_path / "other.mkv", 8),
        task_of(tmp_path / "changed.mkv", 9, size=99),
        task_of(tmp_path / "younger.mkv", 10, created_at="2001-01-01T00:00:00.000Z"),
        gone,
    )
    mended, refused = ("/films/mended.mkv", 1, 1), ("/films/refused.mkv", 1, 1)
    reported = {mended: Failure(frozenset({"es"}), "no speech", task=3), refused: Failure(frozenset({"es"}), "no Japanese")}
    memory = update_memory(RunHistory({}, reported), service)
    assert mended not in memory.failed, "it is no failure any more where the service has none"
    assert {Path(path).name: failure.task for (path, _, _), failure in memory.failed.items()} == {
        "refused.mkv": None,
        "here.mkv": 7,
        "other.mkv": 8,
    }


@pytest.mark.parametrize("is_folder_linked", [True, False])
@pytest.mark.parametrize("is_task_of_link", [True, False])
def test_a_film_that_failed_counts_under_every_name_of_its_file(tmp_path, is_folder_linked, is_task_of_link):
    real, library = tmp_path / "disk" / "film.mkv", tmp_path / "library"
    for folder in (real.parent, library):
        folder.mkdir()
    real.write_bytes(b"film")
    link = library / "kids" / "film.mkv" if is_folder_linked else library / "film.mkv"
    (link.parent if is_folder_linked else link).symlink_to(real.parent if is_folder_linked else real)
    memory = update_memory(RunHistory(), Failed(task_of(link if is_task_of_link else real)))
    for rules, verdict in ((DubbingRules(("es",), retry_failed=False), "failed before"), (DubbingRules(("es",)), None)):
        row = find_settled_row(link, rules, memory)
        assert (row and row["verdict"]) == verdict
