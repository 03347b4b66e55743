"""`./dubarr coverage` against the API over a real port: its scan, its table, and what it queues."""

from pathlib import Path

import pytest
from in_process_service import AUTH, make_film
from listening import listening
from rich.console import Console

from cli.coverage import build_coverage_table, dub_missing, format_counts, scan_library
from pipeline.errors import DubarrError
from serve.client.client import Client


def test_a_library_is_scanned_shown_and_queued(tmp_path: Path) -> None:
    with listening(tmp_path) as live, Client(live.url, *AUTH) as client:
        make_film(live.inner.library / "english.mkv")
        make_film(live.inner.library / "spanish.mkv", language="spa")
        scan_library(client)
        listed = list(client.coverage_films())
        console = Console(width=200)
        with console.capture() as captured:
            console.print(build_coverage_table(listed))
        rows = [line.split() for line in captured.get().splitlines()[1:]]
        assert rows == [["needs", "a", "dub", "english", "en", "es", "(missing)"], ["complete", "spanish", "es", "es", "(audio)"]]
        assert format_counts(client.coverage()["counts"]) == "1 needs a dub, 0 partial, 1 complete, 0 not wanted"
        dub_missing(client, listed)
        (task,) = client.tasks()
        assert (task["path"], task["status"]) == (listed[0]["path"], "QUEUED")
        (live.inner.library / "english.mkv").unlink()
        live.inner.store.tasks.delete(task["id"])
        with pytest.raises(DubarrError, match="1 films were not queued"):
            dub_missing(client, listed)
