"""No tracked file holds a secret: keys of clouds and code hosts, tokens, private keys, addresses with passwords."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAX_BYTES = 2 << 20
PATTERNS = {
    "private key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/=\s]{60}",
    "API key of Dubarr": r"\bdubarr_[A-Za-z0-9_-]{43}\b",
    "AWS": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "GitHub": r"\bgh[pousr]_[A-Za-z0-9]{36}\b|\bgithub_pat_[A-Za-z0-9_]{60}",
    "GitLab": r"\bglpat-[A-Za-z0-9_-]{20}\b",
    "Slack": r"\bxox[abposr]-[A-Za-z0-9-]{20,}",
    "Google": r"\bAIza[0-9A-Za-z_-]{35}\b",
    "Hugging Face": r"\bhf_[A-Za-z0-9]{34}\b",
    "OpenAI": r"\bsk-(?:proj-)?[A-Za-z0-9_-]{40,}",
    "PyPI": r"\bpypi-[A-Za-z0-9_-]{50,}",
    "JSON Web Token": r"\beyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}",
    "address with a password": r"\bhttps?://[A-Za-z0-9._-]+:(?!PASSWORD|password|secret|\{|\$)[^\s@/'\"{}<>]{8,}@[a-z0-9-]+\.[a-z]",
}
SECRETS = {name: re.compile(pattern) for name, pattern in PATTERNS.items()}


def find_secrets(text: str) -> Iterator[str]:
    """Kind and line of each secret in a text; the secret itself is not repeated."""
    for kind, pattern in SECRETS.items():
        for match in pattern.finditer(text):
            yield f"{kind} in line {text.count(chr(10), 0, match.start()) + 1}"


def test_no_tracked_file_holds_a_secret() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a checkout: there is no list of tracked files")
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    assert len(paths) > 500
    readable = (path for path in paths if path.is_file() and not path.is_symlink() and path.stat().st_size < MAX_BYTES)
    found = {
        str(path.relative_to(ROOT)): kinds
        for path in readable
        if (kinds := list(find_secrets(path.read_text("utf-8", "replace"))))
    }
    assert not found, "take it out, and revoke it: what was committed once is known"


@pytest.mark.parametrize(
    "planted",
    [
        *("dubarr_" + "a1" * 21 + "b", "AKIA" + "ABCDEFGH12345678", "ghp_" + "a1" * 18, "glpat-" + "a1" * 10, "hf_" + "a1" * 17),
        *(
            "xoxb-" + "1" * 30,
            "AIza" + "a" * 35,
            "sk-" + "a1" * 24,
            "pypi-" + "a" * 60,
            "https://bot:" + "hunter2hunter2@example.com/",
        ),
        *("eyJ" + "a" * 30 + ".eyJ" + "b" * 30 + "." + "c" * 30, "-----BEGIN RSA PRIVATE" + " KEY-----\n" + "MIIE" * 20),
    ],
)
def test_a_planted_secret_is_found(planted: str) -> None:
    assert len(list(find_secrets(f"\nvalue = '{planted}'\n"))) == 1


@pytest.mark.parametrize(
    "harmless", ["dubarr_session", "http://dubarr:PASSWORD@localhost/", "AKIA", "sk-short", "https://example.com:8000/a@b.c"]
)
def test_what_is_none_is_left(harmless: str) -> None:
    assert not list(find_secrets(harmless))
