"""Previews in the queue: a part of a film first, then the whole, as one task."""

from dataclasses import replace
from pathlib import Path

import pytest
from fakes import claimed, wish

from pipeline.errors import NotPossible
from pipeline.store.store import Store
from pipeline.values.preview import PreviewRange
from pipeline.values.tasks import TaskStatus

FILM = Path("/films/a.mkv")
PART = PreviewRange(600.0, 900.0)
ASKED = replace(wish(FILM), preview=PART)


def finish(store: Store, output: str) -> None:
    claim = store.leases.claim_next_task("w", 60.0)
    assert claim
    store.leases.finish(claim[1], Path(output))


def test_a_preview_is_a_task_that_dubs_its_part_alone(store: Store) -> None:
    task = store.tasks.submit(ASKED).task
    assert (task.preview, task.preview_only, task.preview_lines) == (PART, True, True)
    assert not store.tasks.submit(ASKED).queued


def test_the_whole_film_is_queued_after_its_preview_once(store: Store) -> None:
    task = store.tasks.submit(ASKED).task
    finish(store, "/dubs/1/a.preview.mkv")
    whole = store.tasks.change_preview(task.id, None)
    assert (whole.status, whole.preview_only, whole.preview, whole.duration) == (TaskStatus.QUEUED, False, PART, None)
    finish(store, "/dubs/1/a.mkv")
    assert store.tasks.change_preview(task.id, None).status is TaskStatus.DONE


def test_a_film_asked_for_again_without_times_is_dubbed_whole(store: Store) -> None:
    store.tasks.submit(ASKED)
    finish(store, "/dubs/1/a.preview.mkv")
    again = store.tasks.submit(wish(FILM))
    assert again.queued and not again.task.preview_only


def test_a_preview_that_never_ended_is_forgotten(store: Store) -> None:
    task = store.tasks.submit(ASKED).task
    whole = store.tasks.change_preview(task.id, None)
    assert (whole.preview, whole.preview_lines) == (None, False)


def test_another_part_is_previewed_instead(store: Store) -> None:
    task = store.tasks.submit(ASKED).task
    finish(store, "/dubs/1/a.preview.mkv")
    other = PreviewRange(1200.0, 1300.0)
    changed = store.tasks.change_preview(task.id, other)
    assert (changed.status, changed.preview) == (TaskStatus.QUEUED, other)


def test_a_film_that_is_dubbed_whole_gets_no_preview(store: Store) -> None:
    task, _ = claimed(store, FILM)
    assert not store.tasks.submit(ASKED).queued
    with pytest.raises(NotPossible, match="whole film already"):
        store.tasks.change_preview(task.id, PART)
