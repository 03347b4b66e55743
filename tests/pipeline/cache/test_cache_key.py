"""The cache key: what tells one question from another, and what has no identity."""

from pathlib import Path

import pytest

from pipeline.cache.cache_key import compute_cache_key, describe_identity
from pipeline.runner import stage
from pipeline.values.media import Artifact
from pipeline.values.timeline import Span


def test_a_new_version_is_another_question() -> None:
    @stage(version=2)
    def doubled_again(span: Span) -> Span:
        return span

    first = compute_cache_key(doubled_again, {"span": Span(0, 1)})
    stage(version=3)(doubled_again)
    assert compute_cache_key(doubled_again, {"span": Span(0, 1)}) != first


def test_what_has_no_identity_is_refused() -> None:
    with pytest.raises(TypeError, match="no identity"):
        describe_identity(Path("/films/a.mkv"))
    with pytest.raises(TypeError, match="no identity"):
        describe_identity({"a": 1})


def test_an_artifact_is_known_by_its_content_not_its_place(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text("same")
    assert describe_identity(Artifact.of(tmp_path / "a")) == describe_identity(Artifact.of(tmp_path / "b"))
