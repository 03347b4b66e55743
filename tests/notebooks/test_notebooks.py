"""The notebooks: short, without outputs, and true: each is run against the real service, and its figures are looked into."""

import ast
import importlib
import re
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest
import running_notebooks as notebooks
from nbformat import NotebookNode, v4
from real_service import Running

MOST_CELLS = 15
MOST_LINES = 20  # of a cell, as the formatter breaks them
MOST_DEFINED = 3  # lines of a function that stands in a cell

OURS = {"pipeline", "serve", "dashboard", "cli", "evaluation", "tools"}
ALLOWED = ("evaluation", "pipeline", "dashboard.views", "serve.client")
EXCEPTIONS = {
    "dashboard.notebook": "shows the views' figures below a cell",
    "serve.profile_loader": "06 chooses an engine as the service does, 07 reads what a profile asks for",
    "serve.engines.gpu_packing": "07 packs a profile's shares as the service does",
    "serve.runtime.local_ray": "a small Ray of the notebook's own, for sweeps",
}

each_notebook = pytest.mark.parametrize("path", notebooks.NOTEBOOKS, ids=lambda path: path.stem)


def code(notebook: NotebookNode) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def definitions(source: str) -> list[int]:
    """How many lines each function and class in a cell takes."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return [node.end_lineno - node.lineno + 1 for node in ast.walk(ast.parse(source)) if isinstance(node, kinds)]


def test_there_are_notebooks():
    assert len(notebooks.NOTEBOOKS) >= 4


@each_notebook
def test_it_is_short_and_committed_without_outputs(path):
    notebook = notebooks.read(path)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert 0 < len(cells) <= MOST_CELLS
    assert max(len(cell.source.splitlines()) for cell in cells) <= MOST_LINES
    assert not [cell.id for cell in cells if cell.outputs or cell.execution_count is not None]
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"


@each_notebook
def test_it_imports_rather_than_defines(path):
    assert all(lines <= MOST_DEFINED for source in code(notebooks.read(path)) for lines in definitions(source))


@each_notebook
def test_it_begins_with_a_title_and_a_question(path):
    first = notebooks.read(path).cells[0]
    assert first.cell_type == "markdown"
    assert first.source.startswith("# ") and "?" in first.source


@each_notebook
def test_it_names_no_place_of_one_machine(path):
    assert not re.search(r"/(work|home|root|Users)/", path.read_text("utf-8"))


def imports(source: str) -> Iterator[tuple[str, str | None]]:
    """Our modules that a source imports, with each name that is taken from them."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)


def imported_module(module: str, name: str | None) -> str:
    """The module behind an import: `name` may be a module of the package `module`."""
    if name is None or not hasattr(importlib.import_module(module), "__path__") or find_spec(f"{module}.{name}") is None:
        return module
    return importlib.import_module(f"{module}.{name}").__name__


def sources(path: Path) -> list[str]:
    return code(notebooks.read(path)) if path.suffix == ".ipynb" else [path.read_text("utf-8")]


each_source = pytest.mark.parametrize(
    "path", [*notebooks.NOTEBOOKS, *sorted(notebooks.FOLDER.glob("*.py"))], ids=lambda path: path.name
)


@each_source
def test_it_imports_what_notebooks_may_and_what_exists(path):
    for module, name in (found for source in sources(path) for found in imports(source)):
        if module.partition(".")[0] not in OURS:
            continue
        real = imported_module(module, name)
        assert any(real == each or real.startswith(f"{each}.") for each in (*ALLOWED, *EXCEPTIONS)), f"{path.name} imports {real}"
        assert name is None or real != module or hasattr(importlib.import_module(module), name), f"{module} has no {name}"


@each_notebook
def test_its_attributes_of_our_modules_exist(path):
    tree = ast.parse("\n".join(code(notebooks.read(path))))
    modules = {
        alias.asname or alias.name: imported_module(node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] in OURS
        for alias in node.names
        if imported_module(node.module, alias.name) != node.module
    }
    used = [
        (modules[node.value.id], node.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules
    ]
    assert [f"{module}.{name}" for module, name in used if not hasattr(importlib.import_module(module), name)] == []


@each_source
def test_tables_are_those_of_pandas_alone(path):
    assert not [module for source in sources(path) for module, _ in imports(source) if module.partition(".")[0] == "polars"]


def test_a_long_definition_is_seen():
    assert definitions("def f():\n    a = 1\n    b = 2\n    return a + b\n") == [4]


def ran(*sources: str, folder: Path) -> NotebookNode:
    """A notebook of these cells, after it ran."""
    cells = [v4.new_code_cell(source) for source in sources]
    nbformat.write(v4.new_notebook(cells=cells), folder / "made.ipynb")
    return notebooks.executed(folder / "made.ipynb", folder, {})


DRAW = "from bokeh.io import show\nfrom bokeh.plotting import figure\ndrawn = figure()\n"


@pytest.mark.slow
def test_what_is_asked_of_outputs_is_seen_in_them(tmp_path):
    notebook = ran(
        "from dashboard.notebook import load_bokeh\nload_bokeh()",
        f"{DRAW}drawn.line([1, 2], [3, 4])\nshow(drawn)",
        f"{DRAW}drawn.line([], [])\nshow(drawn)",
        f"{DRAW}drawn.line([1, 2], [3, float('nan')])\nshow(drawn)",
        "print('look at https://somewhere.example/far and http://127.0.0.1:8000/near')",
        folder=tmp_path,
    )
    full, empty, broken = (notebooks.columns(figure) for figure in notebooks.figures(notebook))
    assert [notebooks.shows_something(sources) for sources in (full, empty, broken)] == [True, False, True]
    assert [notebooks.is_finite(value) for value in broken[0].values()] == [True, False]
    assert notebooks.foreign_hosts(notebook) == {"somewhere.example"}


@pytest.mark.slow
def test_a_library_from_elsewhere_is_seen(tmp_path):
    notebook = ran("from bokeh.io import output_notebook\nfrom bokeh.resources import CDN\noutput_notebook(CDN)", folder=tmp_path)
    assert any("cdn" in host for host in notebooks.foreign_hosts(notebook))


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the folder, as users work on one: films that notebooks make lie here, for all of them."""
    return Path(shutil.copytree(notebooks.FOLDER, tmp_path_factory.mktemp("desk") / "notebooks"))


@pytest.mark.slow
@pytest.mark.timeout(400)  # a notebook takes one or two minutes; the service starts before the first
@each_notebook
def test_it_runs_from_top_to_bottom_and_its_figures_show_something(path: Path, running: Running, desk: Path):
    notebook = notebooks.executed(path, desk, running.environment)
    figures = [notebooks.columns(figure) for figure in notebooks.figures(notebook)]
    assert figures, "no figure was drawn"
    assert all(notebooks.shows_something(sources) for sources in figures), "a figure is empty"
    assert all(notebooks.is_finite(value) for sources in figures for source in sources for value in source.values())
    assert not notebooks.foreign_hosts(notebook)
    pytest.importorskip("nbconvert", reason="nbconvert is not installed; ./dubarr test brings it")
    notebooks.publish(notebook, path.stem)


def test_a_notebook_is_published_with_its_outputs_as_one_page(tmp_path):
    pytest.importorskip("nbconvert", reason="nbconvert is not installed; ./dubarr test brings it")
    cell = v4.new_code_cell("6 * 7", outputs=[v4.new_output("execute_result", {"text/plain": "42"})])
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell("# How much?"), cell])
    page = notebooks.publish(notebook, "01-how-much", tmp_path)
    assert page.name == "01-how-much.html" and page.parent == tmp_path
    text = page.read_text("utf-8")
    assert "How much?" in text and "<pre>42</pre>" in text
