from pathlib import Path

from pipeline.filesystem.fsync import fsync_folder


def test_making_a_rename_durable_leaves_no_handle_open(tmp_path):
    before = len(list(Path("/proc/self/fd").iterdir()))
    fsync_folder(tmp_path)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
