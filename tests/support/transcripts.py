"""What is said in the recordings beside the checkout, as their README and transcripts tell."""

import re
from pathlib import Path

READING = [f"LJ001-000{n}" for n in range(1, 9)]


def transcripts(recordings: Path) -> dict[str, str]:
    """Name → text of the recordings that somebody wrote down."""
    found = dict(re.findall(r"(?m)^(jfk|LJ001-\d+|sonnet1): (.*)$", (recordings / "README.md").read_text()))
    found["sonnet1"] = "One. " + found["sonnet1"]  # the reader says its number
    german = (recordings / "simplicissimus.de.txt").read_text()
    return found | {"simplicissimus": re.sub(r"(?m)^f\d+\|", "", german)}
