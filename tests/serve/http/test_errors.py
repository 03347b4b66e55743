"""Every error has a status, and what is the caller's fault is a 4xx."""

import inspect

import pytest

from pipeline import errors
from serve.http.errors import STATUSES, find_status
from serve.request_errors import NoRoom

KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.DubarrError)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_has_a_status_and_only_the_callers_faults_are_4xx(kind: type[errors.DubarrError]) -> None:
    status = find_status(kind.__new__(kind))
    assert (400 <= status < 500) is issubclass(kind, errors.UsersFault)


def test_a_full_disk_is_ours_to_mend() -> None:
    assert find_status(NoRoom("x")) == 507


def test_the_table_names_no_class_in_vain() -> None:
    assert all(issubclass(kind, errors.DubarrError) for kind in STATUSES)
