"""Hostile uploads and webhooks against the service without Ray: each is refused with a sentence or queued, and nothing else is written."""

import random
from pathlib import Path

import pytest
from in_process_service import served

from tools.hostile import hostile_media
from tools.hostile.attack import send_all
from tools.hostile.file_tree import list_changes, snapshot_tree
from tools.hostile.hostile_requests import HostileClient, Outcome

REQUESTS = 200


@pytest.mark.parametrize("kind", list(hostile_media.KINDS))
def test_the_generator_makes_the_same_file_from_the_same_seed(kind: str) -> None:
    _, make = hostile_media.KINDS[kind]
    first, second, other = (make(random.Random(seed), ".mkv") for seed in (1, 1, 2))
    assert first == second
    assert kind in {"film", "bomb", "playlist", "nonsense"} or first != other


def test_new_changed_and_lost_files_are_seen_and_our_folders_left_out(tmp_path: Path) -> None:
    for name in ("kept", "changed", "lost", "ours/a"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("1")
    before = snapshot_tree(tmp_path, [tmp_path / "ours"])
    (tmp_path / "changed").write_text("22")
    (tmp_path / "lost").unlink()
    (tmp_path / "new").touch()
    (tmp_path / "ours" / "b").touch()
    changed = list_changes(before, snapshot_tree(tmp_path, [tmp_path / "ours"]))
    assert [Path(path).name for path in changed] == ["changed", "lost", "new"]


@pytest.mark.slow
def test_hostile_requests_are_refused_with_a_sentence_or_queued_and_write_nothing_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "decoy").mkdir()
    with served(tmp_path) as service:
        settings = service.settings
        ours = [settings.data_dir, settings.videos_dir, settings.logs_dir, service.library]
        before = snapshot_tree(tmp_path, ours)
        outcomes: list[Outcome] = list(send_all(HostileClient(service.client, service.library, 2), range(REQUESTS)))
        assert list_changes(before, snapshot_tree(tmp_path, ours)) == []
        assert [str(each) for each in outcomes if each.status >= 500] == []
        assert [str(each) for each in outcomes if each.status >= 400 and not each.detail] == []
        assert {each.way for each in outcomes} >= {"upload", "creation", "part", "webhook", "payload"}
        queued = {task.path for task in service.store.tasks.list_newest(limit=500)[0]}
        assert {path for path in settings.videos_dir.iterdir() if path.is_file()} <= queued
        assert list((settings.videos_dir / ".uploads").glob("*.part")) == []
        assert service.client.get("/health").json()["worker_alive"]
