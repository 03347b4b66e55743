"""Every error has a kind of problem, and what is the caller's fault is a 4xx."""

import inspect

import pytest

from pipeline import errors
from serve.http.errors import KINDS, find_kind
from serve.request_errors import NoRoom

CLASSES = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.DubarrError)]


@pytest.mark.parametrize("error", CLASSES)
def test_every_error_has_a_kind_and_only_the_callers_faults_are_4xx(error: type[errors.DubarrError]) -> None:
    status = find_kind(error.__new__(error)).status
    assert (400 <= status < 500) is issubclass(error, errors.UsersFault)


def test_a_full_disk_is_ours_to_mend() -> None:
    assert find_kind(NoRoom("x")).status == 507


def test_the_table_names_no_class_in_vain() -> None:
    assert all(issubclass(error, errors.DubarrError) for error in KINDS)
