"""Simple commands as they stand in shell commands."""

import pytest

from cli.cluster.shell_words import Call, calls


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("ray stop", [Call((), "ray", ("stop",))]),
        ("ulimit -n 9; A=auto x/dubarr serve", [Call((), "ulimit", ("-n", "9")), Call(("A=auto",), "x/dubarr", ("serve",))]),
        ("a && b || c | d", [Call((), name, ()) for name in "abcd"]),
        ("sudo mount /mnt", [Call(("sudo",), "mount", ("/mnt",))]),
        ("printf '%s\\n' A=1 'B=two words' > ~/.env", [Call((), "printf", ("%s\\n", "A=1", "B=two words"), "~/.env")]),
        ("ray start --address=$HEAD:6379", [Call((), "ray", ("start", "--address=$HEAD:6379"))]),
        ("echo 'a && b # c'", [Call((), "echo", ("a && b # c",))]),
    ],
)
def test_commands_are_taken_apart_as_a_shell_would(command, found):
    assert list(calls((command,))) == found
