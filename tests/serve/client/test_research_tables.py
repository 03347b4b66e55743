"""Research tables by the client, over a real port."""

from pathlib import Path

import pytest
from fakes import claimed, runner
from in_process_service import AUTH
from listening import listening

from pipeline.errors import NotFound
from pipeline.recognition.recognized_words import collect_words
from pipeline.values.timeline import Span, Word
from serve.client.client import Client


def test_tables_for_research_are_arrow_tables(tmp_path: Path) -> None:
    with listening(tmp_path) as live, Client(live.url, *AUTH) as client:
        task, lease = claimed(live.inner.store)
        with pytest.raises(NotFound, match="no recognised words"):
            client.words(task.id)
        folder = live.inner.settings.artifacts
        runner(live.inner.store, lease, folder)(collect_words, (Word(Span(1.0, 1.5), "good", 0.5),))
        assert client.words(task.id).to_pylist() == [
            {"number": 1, "start_s": 1.0, "end_s": 1.5, "text": "good", "confidence": 0.5}
        ]
        for read in (client.turns, client.embeddings, client.candidates, client.plan):
            with pytest.raises(NotFound):
                read(task.id)
