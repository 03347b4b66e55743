"""Backups of films whose worker was killed: swept once nobody works on their tasks, and never while somebody may."""

import multiprocessing
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.filesystem.kept_original import find_backup
from pipeline.settings import OutputPlacement, Settings
from pipeline.store.store import Store
from pipeline.values.tasks import DubRequest
from serve.worker.film_backups import RECORDS, keep_film, sweep_backups
from serve.worker.task_files import open_film
from serve.worker.worker_id import make_worker_id


class Library:
    """A library with one film that is dubbed in its place. `dub`: a finished one, elsewhere."""

    def __init__(self, folder: Path) -> None:
        self.film, self.dub = folder / "films" / "film.mkv", folder / "dub.mkv"
        self.film.parent.mkdir()
        made = ("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=s=64x64:r=5:d=1", "-f", "lavfi", "-i", "sine=d=1")
        subprocess.run([*made, self.film], check=True)
        subprocess.run([*made, "-metadata", "Dubarr=1", self.dub], check=True)
        self.settings = Settings(data_dir=folder / "data", library_roots=(self.film.parent,), placement=OutputPlacement.IN_PLACE)
        self.settings.data_dir.mkdir()
        self.original = self.film.read_bytes()
        self.path = folder / "store.duckdb"
        self.store = Store(self.path)

    def die_at_work(self, *, replaced: bool) -> None:
        """A worker claims the film's task, and is killed before its dub replaces the film, or right after."""
        stat = self.film.stat()
        self.store.tasks.submit(DubRequest(self.film, stat.st_size, stat.st_mtime_ns, ("es",)))
        self.store.close()

        def work() -> None:
            claimed = Store(self.path).leases.claim_next_task(make_worker_id(), 600)
            assert claimed is not None
            with open_film(claimed[0], self.settings) as film:
                keep_film(claimed[0], film, self.settings)
            if replaced:
                Path(shutil.copy(self.dub, self.film.with_name(".copy"))).replace(self.film)
            os.kill(os.getpid(), signal.SIGKILL)

        child = multiprocessing.get_context("fork").Process(target=work)
        child.start()
        child.join(60)
        assert child.exitcode == -signal.SIGKILL and find_backup(self.film).exists()
        self.store = Store(self.path)

    def list_records(self) -> list[str]:
        return [path.name for path in (self.settings.data_dir / RECORDS).iterdir()]


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    found = Library(tmp_path)
    yield found
    found.store.close()


@pytest.mark.parametrize("replaced", [False, True], ids=["not replaced", "replaced"])
def test_the_film_of_a_killed_worker_whose_task_was_deleted_is_the_original_without_a_hidden_link(
    library: Library, replaced: bool
) -> None:
    library.die_at_work(replaced=replaced)
    library.store.tasks.delete(1)
    sweep_backups(library.settings, library.store)
    assert library.film.read_bytes() == library.original
    assert [path.name for path in library.film.parent.iterdir()] == ["film.mkv"] and library.list_records() == []


def test_the_backup_of_a_task_that_will_be_resumed_stays(library: Library) -> None:
    library.die_at_work(replaced=True)
    sweep_backups(library.settings, library.store)
    assert find_backup(library.film).read_bytes() == library.original and library.list_records() == ["1.json"]


def test_the_backup_of_a_worker_that_lives_stays(library: Library) -> None:
    stat = library.film.stat()
    library.store.tasks.submit(DubRequest(library.film, stat.st_size, stat.st_mtime_ns, ("es",)))
    claimed = library.store.leases.claim_next_task(make_worker_id(), 600)
    assert claimed is not None
    with open_film(claimed[0], library.settings) as film:
        keep_film(claimed[0], film, library.settings)
    library.store.tasks.delete(1)
    sweep_backups(library.settings, library.store)
    assert find_backup(library.film).exists() and library.list_records() == ["1.json"]


def test_a_finished_dub_stays_and_its_backup_goes(library: Library) -> None:
    library.die_at_work(replaced=True)
    claimed = library.store.leases.claim_next_task("t/1/a", 600, gone=library.store.leases.list_owners())
    assert claimed is not None
    library.store.leases.finish(claimed[1], library.film)  # and killed before it removed the backup
    sweep_backups(library.settings, library.store)
    assert library.film.read_bytes() == library.dub.read_bytes() and not find_backup(library.film).exists()


def test_a_record_that_is_none_is_told_and_stops_nothing(library: Library, caplog: pytest.LogCaptureFixture) -> None:
    library.die_at_work(replaced=False)
    library.store.tasks.delete(1)
    (library.settings.data_dir / RECORDS / "0.json").write_text("[]")
    sweep_backups(library.settings, library.store)
    assert "cannot be checked" in caplog.text and not find_backup(library.film).exists()
