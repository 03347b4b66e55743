"""`./dubarr retry`, `cancel`, `purge` and `delete` against the API over a real port."""

from pathlib import Path

import pytest
from in_process_service import AUTH, make_film
from listening import listening

from cli.tasks.actions import run_action
from serve.client.client import Client


def test_an_action_changes_every_task_that_allows_it_and_says_why_others_are_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.tasks.actions.BATCH_TASKS", 2)
    with listening(tmp_path) as live, Client(live.url, *AUTH) as client:
        films = [make_film(live.inner.library / f"{number}.mkv", pitch=440 + number) for number in range(3)]
        ids = [client.submit_path(film, target_langs=("es",))["id"] for film in films]
        assert run_action(client, "cancel", [*ids, 999]) == 3
        told = capsys.readouterr().err.splitlines()
        assert told[0].startswith("task 999: there is no task 999") and told[1] == "cancel done for 3 of 4 tasks"
        assert client.task_ids(status="CANCELLED") == sorted(ids, reverse=True)
        assert run_action(client, "cancel", ids[:1]) == 0
        assert f"task {ids[0]}: " in capsys.readouterr().err, "it was cancelled before"
        assert run_action(client, "retry", ids[:2]) == 2
        assert run_action(client, "delete", client.task_ids(search="2.mkv")) == 1
        assert sorted(client.task_ids()) == sorted(ids[:2]) and films[2].exists()
