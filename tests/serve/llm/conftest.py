"""Fixtures of the language model's tests."""

import pytest


@pytest.fixture
def llm_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The registry with an `llm` translator, whether or not this checkout's has one."""
    from pipeline.engines.registry import engine_classes

    monkeypatch.setitem(engine_classes.ENGINES["translator"], "llm", "translator_apertium:ApertiumTranslator")
