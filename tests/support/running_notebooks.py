"""Notebooks as files and as they run: what their cells hold, and which figures came of them."""

import json
import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
from bokeh.document import Document
from bokeh.models import ColumnDataSource
from nbclient import NotebookClient
from nbformat import NotebookNode

FOLDER = Path(__file__).parents[2] / "notebooks"
PUBLISHED = FOLDER.parent / "build" / "notebooks"
NOTEBOOKS = tuple(sorted(FOLDER.glob("*.ipynb")))

CELL_LIMIT = 170  # s that one cell may take; a whole notebook has 180
LIBRARY = "application/vnd.bokehjs_load.v0+json"  # an output that brings BokehJS itself, 4 MB of other people's words
DRAWING = "application/vnd.bokehjs_exec.v0+json"  # one that draws
DOCUMENTS = re.compile(r"docs_json = (\{.*\});$", re.MULTILINE)
BROUGHT = re.compile(r"(?:js|css)_urls = (\[.*?\]);", re.DOTALL)
ADDRESS = re.compile(r"(?:https?|wss?)://([A-Za-z0-9.\-\[\]:]+)")
OURS = re.compile(r"(localhost|127\.0\.0\.1)(:\d+)?|www\.w3\.org")  # the last names SVG, and is never asked


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def executed(path: Path, folder: Path, environment: Mapping[str, str]) -> NotebookNode:
    """The notebook after all its cells ran in `folder`. CellExecutionError where one fails."""
    notebook = read(path)
    client = NotebookClient(notebook, timeout=CELL_LIMIT, kernel_name="python3", resources={"metadata": {"path": str(folder)}})
    return client.execute(env={**os.environ, **environment})


def publish(notebook: NotebookNode, name: str, folder: Path = PUBLISHED) -> Path:
    """The notebook with its outputs as one HTML page, in a build folder that is not committed."""
    from nbconvert import HTMLExporter

    page, _ = HTMLExporter().from_notebook_node(notebook, resources={"metadata": {"name": name}})
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.html"
    path.write_text(page, "utf-8")
    return path


def outputs(notebook: NotebookNode) -> Iterator[dict[str, str]]:
    """Everything that the cells put out: MIME type ("stream" for what was printed) → text."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if output.output_type == "stream":
                yield {"stream": output.text}
            contents = output.get("data", {}).items()
            yield {kind: content if isinstance(content, str) else json.dumps(content) for kind, content in contents}


def figures(notebook: NotebookNode) -> list[Document]:
    """Every Bokeh document among the outputs, read back as Bokeh itself reads it."""
    scripts = [texts["application/javascript"] for texts in outputs(notebook) if DRAWING in texts]
    found = [json.loads(match) for script in scripts for match in DOCUMENTS.findall(script)]
    return [Document.from_json(document) for documents in found for document in documents.values()]


def columns(figure: Document) -> list[dict[str, list[Any]]]:
    """What a figure's glyphs are drawn from: the columns of each source, as lists."""
    sources = figure.select({"type": ColumnDataSource})
    return [{name: list(values) for name, values in source.data.items()} for source in sources]


def shows_something(sources: Sequence[Mapping[str, list[Any]]]) -> bool:
    """Whether anything is drawn from at least two points: a lone column only rules lines."""
    return any(len(source) > 1 and all(len(column) > 1 for column in source.values()) for source in sources)


def is_finite(value: Any) -> bool:
    """Whether a number of a column can be drawn; words, times and nested outlines are looked into or taken as they are."""
    if isinstance(value, float | int):
        return math.isfinite(value)
    if isinstance(value, str | bytes) or value is None:
        return value is not None
    return all(is_finite(part) for part in value) if hasattr(value, "__iter__") else value == value  # NaT is not itself


def foreign_hosts(notebook: NotebookNode) -> set[str]:
    """The hosts beyond this machine that outputs name, and the addresses that BokehJS would be fetched from."""
    hosts: set[str] = set()
    for texts in outputs(notebook):
        if LIBRARY in texts:
            hosts.update(*(re.findall(r'"([^"]+)"', urls) for urls in BROUGHT.findall(texts[LIBRARY])))
        else:
            hosts.update(host for text in texts.values() for host in ADDRESS.findall(text))
    return {host for host in hosts if not OURS.fullmatch(host)}
