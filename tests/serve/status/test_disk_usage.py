"""How full the disk is: free space at once, parts by a counting in the background that gives up in time."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.cache.artifact_scrub import ScrubState
from pipeline.settings import Settings
from serve.status.disk_usage import (
    MAX_LOW_SPACE_BYTES,
    MEASURE_INTERVAL_S,
    DiskUsageMonitor,
    FolderSizes,
    describe_low_space,
    measure_folders,
)
from serve.worker.scrub_schedule import find_state_file

GIB = 1 << 30


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", videos_dir=tmp_path / "videos")


@pytest.fixture
def filled(settings: Settings) -> Settings:
    """A database of 10 bytes with a log of 5, artifacts of 300, a dub of 70, a video of 1000."""
    for path, size in {
        settings.database: 10,
        settings.database.with_name(f"{settings.database.name}.wal"): 5,
        settings.artifacts / "mix-1-aa" / "es.mka": 200,
        settings.artifacts / "mix-1-aa" / "deep" / "er.flac": 100,
        settings.data_dir / "dubs" / "1" / "film.mkv": 70,
        settings.data_dir / "credentials": 9_999,
        settings.videos_dir / "film.mkv": 1_000,
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(size))
    return settings


def test_a_database_on_another_disk_is_counted_too(settings: Settings, tmp_path: Path) -> None:
    elsewhere = replace(settings, database_file=tmp_path / "own disk" / "tasks.duckdb")
    elsewhere.database.parent.mkdir()
    elsewhere.database.write_bytes(bytes(10))
    elsewhere.database.with_name("tasks.duckdb.wal").write_bytes(bytes(5))
    assert dict(measure_folders(elsewhere).parts)["database"] == 15


@pytest.fixture
def links(filled: Settings) -> Iterator[Settings]:
    """A link to a large file, and one to a folder above."""
    (filled.videos_dir / "same.mkv").symlink_to(filled.data_dir / "credentials")
    (filled.videos_dir / "round").symlink_to(filled.videos_dir, target_is_directory=True)
    return filled


def test_each_part_is_counted_with_all_that_lies_in_it(filled: Settings) -> None:
    assert measure_folders(filled) == FolderSizes(
        (("database", 15), ("artifacts", 300), ("dubs", 70), ("videos", 1_000)), complete=True
    )


def test_links_are_not_followed(links: Settings) -> None:
    sizes = dict(measure_folders(links).parts)
    assert sizes["videos"] < 1_000 + 9_999, "a link counts its own few bytes, not the file it leads to"


def test_folders_that_are_not_there_hold_nothing(settings: Settings) -> None:
    assert measure_folders(settings) == FolderSizes(
        (("database", 0), ("artifacts", 0), ("dubs", 0), ("videos", 0)), complete=True
    )


@pytest.mark.parametrize("limits", [{"max_files": 2}, {"max_s": 0.0}])
def test_a_counting_that_would_take_too_long_is_given_up_and_says_so(filled: Settings, limits: dict[str, float]) -> None:
    given_up = measure_folders(filled, **limits)  # type: ignore[arg-type]
    assert not given_up.complete
    assert dict(given_up.parts)["videos"] == 0


def test_the_free_space_is_told_at_once_and_the_parts_when_they_are_counted(filled: Settings) -> None:
    gauge = DiskUsageMonitor(filled, lambda: 0.0)
    use = gauge()
    assert use.path == filled.data_dir and 0 < use.free <= use.total
    gauge.wait_for_scan()
    assert dict(gauge().parts) == {"database": 15, "artifacts": 300, "dubs": 70, "videos": 1_000}


def test_the_parts_are_counted_again_when_they_are_old_and_not_before(filled: Settings) -> None:
    now = [0.0]
    gauge = DiskUsageMonitor(filled, lambda: now[0])
    gauge()
    gauge.wait_for_scan()
    (filled.videos_dir / "more.mkv").write_bytes(bytes(500))

    def videos() -> int:
        gauge()
        gauge.wait_for_scan()
        return dict(gauge().parts)["videos"]

    now[0] = MEASURE_INTERVAL_S - 1
    assert videos() == 1_000
    now[0] = MEASURE_INTERVAL_S
    assert videos() == 1_500


def test_a_data_folder_that_is_not_made_yet_is_on_the_disk_of_the_one_above(settings: Settings) -> None:
    assert DiskUsageMonitor(settings)().total > 0


@pytest.mark.parametrize(
    ("total", "free", "is_short"),
    [
        (100 * GIB, 50 * GIB, False),
        (100 * GIB, 6 * GIB, False),
        (100 * GIB, 4 * GIB, True),  # under 5 %
        (20 * GIB, 3 * GIB, False),
        (20 * GIB, 1.9 * GIB, True),  # under 2 GB
        (1.5 * GIB, 1.4 * GIB, True),
        (20_000 * GIB, MAX_LOW_SPACE_BYTES, False),  # 0.1 %, and room for many dubs
        (20_000 * GIB, MAX_LOW_SPACE_BYTES - 1, True),
    ],
)
def test_a_disk_is_short_of_room_by_its_size(total: float, free: float, is_short: bool) -> None:
    assert (describe_low_space(Path("data"), int(total), int(free)) is not None) is is_short


def test_a_lack_of_room_is_told_with_the_way_out() -> None:
    trouble = describe_low_space(Path("/srv/data"), 40 * 10**9, 10**9)
    assert trouble and trouble.startswith("/srv/data has 1.0 GB free of 40 GB; delete tasks")


def test_the_last_check_of_cached_files_is_told(filled: Settings) -> None:
    assert DiskUsageMonitor(filled)().cache_check is None
    replace(ScrubState.start(), files=3, fault_count=1, faults=("a.flac: it has 3 bytes, not 5",)).write(find_state_file(filled))
    told = DiskUsageMonitor(filled)().cache_check
    assert told is not None and "3 cached files, 1 faulty" in told and "a.flac: it has 3 bytes, not 5" in told
