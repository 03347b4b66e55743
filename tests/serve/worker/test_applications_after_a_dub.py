"""The end of a dub, as Sonarr, Radarr, Plex and Jellyfin receive it: each call, in order, with its key, and no other."""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pipeline.settings import OutputPlacement, PathMapping, Settings
from pipeline.store.monitoring.outbox import Outbox
from pipeline.store.store import Store
from pipeline.values.monitoring.outbox import TaskEnd
from pipeline.values.tasks import Task, TaskStatus
from serve.worker.outbox_delivery import OutboxDelivery, choose_receivers, deliver_message
from tests.support.dashboard import DONE
from tests.support.library_applications import AUTH, ENGLISH, FILM, KEYS, SPANISH, Applications, Call, library_applications

IN_PLACE, BESIDE, SIDECAR = OutputPlacement.IN_PLACE, OutputPlacement.BESIDE, OutputPlacement.SIDECAR
OUTPUTS = {
    IN_PLACE: FILM,
    BESIDE: "/films/Voyage/voyage.dubarr.mkv",
    SIDECAR: "/films/Voyage/voyage.es.mka",
}  # as the applications see them
HERE = "/here"  # where the library lies on this machine
OWNERS = {"sonarr": ("series", "episodeFile", "RescanSeries", 12), "radarr": ("movie", "movieFile", "RescanMovie", 7)}


@pytest.fixture
def servers() -> Iterator[Applications]:
    with library_applications() as found:
        yield found


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "dubarr.duckdb")
    yield opened
    opened.close()


def tell_applications(store: Store, task: Task, settings: Settings, *, retried: bool = True) -> None:
    """End a task as a worker does, and deliver what it wrote until nothing is left. `retried`: False where one attempt is all."""
    receivers = choose_receivers(task, settings, is_done=task.status is TaskStatus.DONE)
    Outbox(store._database).add(TaskEnd.of(task), receivers)
    delivery = OutboxDelivery(
        store.outbox, lambda each, stopping: deliver_message(each, settings, stopping), delays=(0.05,) if retried else ()
    )
    delivery.start()
    deadline = time.monotonic() + 60
    while store.outbox.read_status().total and time.monotonic() < deadline:
        time.sleep(0.01)
    delivery.close(60)
    assert store.outbox.read_status().total == 0


def build_settings(servers: Applications, placement: OutputPlacement, *, tag: bool = False) -> Settings:
    return Settings(
        placement=placement,
        path_mappings=(PathMapping("/films", Path("/here/films")),),
        tag_dubbed=tag,
        sonarr_url=servers.urls["sonarr"],
        sonarr_api_key=KEYS["sonarr"],
        radarr_url=f"{servers.urls['radarr']}/",
        radarr_api_key=KEYS["radarr"],
        plex_url=servers.urls["plex"],
        plex_token=KEYS["plex"],
        jellyfin_url=f"{servers.urls['jellyfin']}/",
        jellyfin_api_key=KEYS["jellyfin"],
    )


def build_task(application: str, placement: OutputPlacement) -> Task:
    output = Path(f"{HERE}{OUTPUTS[placement]}")
    return replace(DONE, target_langs=("es",), output=output, origin=f"{application}/{OWNERS[application][3]}")


def call(application: str, method: str, path: str, body: object = None, /, **query: str) -> Call:
    return Call(application, method, path, query, body, (AUTH[application],))


def list_expected(steps: str, application: str, placement: OutputPlacement) -> list[Call]:
    """The calls of these steps, by their names in a table."""
    owner, file, rescan, number = OWNERS[application]
    path, base = OUTPUTS[placement], "/api/v3"
    updates = [{"Path": each, "UpdateType": "Modified"} for each in (path, f"{HERE}{path}")]
    languages = {f"{file}Ids": [6 if placement is BESIDE else 5], "languages": [ENGLISH, SPANISH]}
    tags = {"seriesIds" if owner == "series" else "movieIds": [number], "tags": [9], "applyTags": "add"}
    known = {
        "rescan": call(application, "POST", f"{base}/command", {"name": rescan, f"{owner}Id": number}),
        "sections": call("plex", "GET", "/library/sections"),
        "refresh": call("plex", "GET", "/library/sections/3/refresh", path="/films/Voyage"),
        "refresh-all": call("plex", "GET", "/library/sections/all/refresh"),
        "updated": call("jellyfin", "POST", "/Library/Media/Updated", {"Updates": updates}),
        "commands": call(application, "GET", f"{base}/command"),
        "files": call(application, "GET", f"{base}/{file.lower()}", **{f"{owner}Id": str(number)}),
        "languages": call(application, "GET", f"{base}/language"),
        "set-languages": call(application, "PUT", f"{base}/{file.lower()}/editor", languages),
        "tags": call(application, "GET", f"{base}/tag"),
        "new-tag": call(application, "POST", f"{base}/tag", {"label": "dubbed-es"}),
        "set-tag": call(application, "PUT", f"{base}/{owner}/editor", tags),
    }
    return [known[step] for step in steps.split()]


MEDIA = "sections refresh updated"


@dataclass(frozen=True)
class Row:
    """A dub's end, and the calls that follow from it. `failure`: status of every application's first answer."""

    placement: OutputPlacement
    steps: str
    tag: bool = False
    has_tag: bool = False
    failure: int = 0

    def __str__(self) -> str:
        return "-".join(
            [str(self.placement), *["tag"] * self.tag, *["known"] * self.has_tag, *[str(self.failure)] * bool(self.failure)]
        )


ROWS = [
    Row(IN_PLACE, f"{MEDIA} rescan commands files languages set-languages"),
    Row(IN_PLACE, f"{MEDIA} rescan commands files languages set-languages tags new-tag set-tag", tag=True),
    Row(IN_PLACE, f"{MEDIA} rescan commands files languages set-languages tags set-tag", tag=True, has_tag=True),
    Row(BESIDE, f"{MEDIA} rescan commands files languages set-languages"),
    Row(BESIDE, f"{MEDIA} rescan commands files languages set-languages tags new-tag set-tag", tag=True),
    Row(SIDECAR, f"{MEDIA} rescan commands files"),  # the film's own file speaks no other language
    Row(SIDECAR, f"{MEDIA} rescan commands files tags new-tag set-tag", tag=True),
    *(
        row
        for failure in (503, 401, 301, 307)  # at first; the second attempt tells all
        for row in (
            Row(IN_PLACE, f"sections updated rescan {MEDIA} rescan commands files languages set-languages", failure=failure),
            Row(BESIDE, f"sections updated rescan {MEDIA} rescan commands files languages set-languages", failure=failure),
            Row(
                SIDECAR, f"sections updated rescan {MEDIA} rescan commands files tags new-tag set-tag", tag=True, failure=failure
            ),
        )
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
@pytest.mark.parametrize("application", ["sonarr", "radarr"])
def test_each_application_receives_exactly_its_calls(
    servers: Applications, store: Store, application: str, row: Row, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    servers.scanned = OUTPUTS[BESIDE] if row.placement is BESIDE else None
    servers.tags = [{"id": 9, "label": "dubbed-es"}] if row.has_tag else []
    servers.failures = dict.fromkeys((application, "plex", "jellyfin"), row.failure) if row.failure else {}
    tell_applications(store, build_task(application, row.placement), build_settings(servers, row.placement, tag=row.tag))
    assert servers.calls == list_expected(row.steps, application, row.placement)
    assert (servers.faults, servers.elsewhere, servers.failures) == ([], [], {})
    warnings = [record.message for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == (3 if row.failure else 0), "each failure is told, once"
    assert not any(key in caplog.text for key in KEYS.values())


@pytest.mark.parametrize("application", ["sonarr", "radarr"])
@pytest.mark.parametrize("failing", ["commands", "files", "languages", "set-languages", "tags", "new-tag", "set-tag"])
def test_after_a_failure_in_the_middle_nothing_more_is_sent(
    servers: Applications, store: Store, application: str, failing: str
) -> None:
    steps = f"{MEDIA} rescan commands files languages set-languages tags new-tag set-tag".split()
    upto = steps[: steps.index(failing) + 1]
    last = list_expected(failing, application, IN_PLACE)[0]
    answer = servers.answer

    def fail(call: Call) -> tuple[int, object]:
        found = answer(call)
        return (503, {}) if call == last else found

    servers.answer = fail  # type: ignore[method-assign]
    settings = build_settings(servers, IN_PLACE, tag=True)
    tell_applications(store, build_task(application, IN_PLACE), settings, retried=False)
    assert servers.calls == list_expected(" ".join(upto), application, IN_PLACE)
    assert (servers.faults, servers.elsewhere) == ([], [])


@pytest.mark.parametrize(
    "change",
    [
        {"status": TaskStatus.ERROR, "error": "broken"},
        {"output": None, "status": TaskStatus.ERROR, "error": "broken"},
        {"preview": "0-30", "preview_only": True},
    ],
    ids=["failed again", "failed", "preview"],
)
def test_nobody_is_told_of_what_is_no_finished_dub(servers: Applications, store: Store, change: dict[str, object]) -> None:
    task = replace(build_task("sonarr", IN_PLACE), **change)  # type: ignore[arg-type]
    tell_applications(store, task, build_settings(servers, IN_PLACE, tag=True))
    assert servers.calls == []


def test_a_dub_among_the_services_own_files_is_nobodys(servers: Applications, store: Store) -> None:
    tell_applications(store, build_task("radarr", IN_PLACE), build_settings(servers, OutputPlacement.DUBS, tag=True))
    assert servers.calls == []


def test_the_media_servers_alone_are_told_of_a_film_that_came_from_nobody(servers: Applications, store: Store) -> None:
    tell_applications(
        store, replace(build_task("radarr", IN_PLACE), origin="upload"), build_settings(servers, IN_PLACE, tag=True)
    )
    assert servers.calls == list_expected(MEDIA, "radarr", IN_PLACE)


def test_keys_are_handed_to_no_proxy_of_the_environment(
    servers: Applications, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, servers.elsewhere_url)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    tell_applications(store, build_task("sonarr", IN_PLACE), build_settings(servers, IN_PLACE))
    assert servers.elsewhere == []
    assert servers.calls == list_expected(f"{MEDIA} rescan commands files languages set-languages", "sonarr", IN_PLACE)


def test_an_address_that_is_none_keeps_nothing_from_the_others(
    servers: Applications, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    settings = replace(build_settings(servers, IN_PLACE), sonarr_url="http://[half", completion_url="http://[half")
    tell_applications(store, build_task("sonarr", IN_PLACE), settings, retried=False)
    assert servers.calls == list_expected(MEDIA, "sonarr", IN_PLACE)
    assert caplog.text.count("task=7 given up") == 2
