"""The engine of notebook 06 is the one that docs/engines.md shows; tests/pipeline/engines/test_own_engine.py lets it speak."""

import re

import running_notebooks as notebooks


def test_the_notebook_runs_what_the_docs_show():
    docs = notebooks.FOLDER.parent / "docs" / "engines.md"
    (shown,) = re.findall(r"```python\n(.*?)```", docs.read_text("utf-8"), re.DOTALL)
    assert (notebooks.FOLDER / "my_engines.py").read_text("utf-8") == shown
