import shutil
from pathlib import Path

import pytest

from pipeline.errors import StageError
from pipeline.filesystem.disk_space import reserve_disk_space


def test_a_stage_that_needs_more_than_the_disk_has_does_not_begin(tmp_path: Path) -> None:
    wanted = reserve_disk_space(tmp_path, shutil.disk_usage(tmp_path).free, "separate")
    with pytest.raises(StageError, match=r"^separate: .* has room for \d+ MiB, this film needs \d+; make room, then retry"):
        wanted.__enter__()


def test_what_one_stage_claimed_is_taken_for_the_next(tmp_path: Path) -> None:
    most = shutil.disk_usage(tmp_path).free * 2 // 3
    with (
        reserve_disk_space(tmp_path, most, "mix"),
        pytest.raises(StageError, match="mix"),
        reserve_disk_space(tmp_path, most, "mix"),
    ):
        pass
    with reserve_disk_space(tmp_path, most, "mix"):
        pass


def test_a_stage_that_failed_gives_its_claim_back(tmp_path: Path) -> None:
    most = shutil.disk_usage(tmp_path).free * 2 // 3
    for _ in range(2):
        with pytest.raises(ValueError, match="broken"), reserve_disk_space(tmp_path, most, "mix"):
            raise ValueError("broken")
