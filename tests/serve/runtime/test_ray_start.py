"""Start of a local Ray: its notices are hidden, its errors are not."""

import importlib.util
import logging

import pytest

from serve.runtime import ray_start


def test_notices_at_the_start_are_hidden_and_errors_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ray.init", lambda **_: None)
    for name in ray_start.NOTICE_LEVELS:
        logging.getLogger(name).setLevel(logging.INFO)
    ray_start.start_ray()
    serve, token = logging.getLogger("ray.serve"), logging.getLogger("ray._private.authentication.authentication_token_setup")
    assert not serve.isEnabledFor(logging.INFO) and serve.isEnabledFor(logging.WARNING)
    assert not token.isEnabledFor(logging.WARNING) and token.isEnabledFor(logging.ERROR)


def test_the_modules_that_print_them_are_there_under_these_names() -> None:
    assert all(importlib.util.find_spec(name) for name in ray_start.NOTICE_LEVELS)
