"""The rules of the house that import-linter cannot see."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("pipeline", "dashboard", "serve", "cli", "evaluation", "tools")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

STARTS_PROCESSES = {"pipeline/processes/resident_process.py", "pipeline/processes/subprocesses.py"}
# The sample film is media of our own making: the command that draws it stands beside its script. So are the films of
# `./dubarr bench`, and its floors are ffmpeg's own.
CALLS_FFMPEG = {"evaluation/sample/film.py", "tools/benchmarks/films.py", "tools/hostile/hostile_media.py"}
HEAVY = {
    *("torch", "torchaudio", "ray", "duckdb", "pyarrow", "pandas", "sklearn", "scipy", "onnxruntime", "pocketsphinx"),
    *("soundfile", "soxr", "pysubs2", "langcodes", "py3langid", "panel", "bokeh", "fastapi", "httpx", "rich", "cattrs"),
}
SQL = re.compile(r"\b(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+TABLE|ALTER\s+TABLE)\b", re.DOTALL)
PROCESS_CALLS = re.compile(
    r"subprocess\.\w+$|pty\.spawn$|asyncio\.create_subprocess_\w+$|os\.(system|popen|fork|forkpty|(exec|spawn|posix_spawn)\w*)$"
)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def dotted(path: Path) -> str:
    return name_of(path).removesuffix(".py").replace("/", ".").removesuffix(".__init__")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def docstrings(tree: ast.AST) -> set[int]:
    """The ids of docstring constants: prose may say SELECT or name a program."""
    owners = (
        node for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    )
    first = (node.body[0] for node in owners if node.body)
    return {id(statement.value) for statement in first if isinstance(statement, ast.Expr)}


def strings(tree: ast.AST) -> list[str]:
    prose = docstrings(tree)
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose
    ]


def starts_a_process(tree: ast.AST) -> bool:
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    hidden = any(isinstance(node, ast.ImportFrom) and node.module in {"subprocess", "os", "pty"} for node in ast.walk(tree))
    return hidden or any(PROCESS_CALLS.match(name) for name in called)


def test_only_the_store_speaks_sql():
    speakers = {name_of(path) for path in MODULES if any(SQL.search(text) for text in strings(tree_of(path)))}
    assert not {name for name in speakers if not name.startswith("pipeline/store/")}
    assert speakers, "the store itself must be seen, or this test sees nothing"


def test_only_programs_starts_processes():
    assert {name_of(path) for path in MODULES if starts_a_process(tree_of(path))} == STARTS_PROCESSES


def test_ffmpeg_is_called_in_one_place():
    def calls(tree: ast.AST) -> bool:
        lists = (node for node in ast.walk(tree) if isinstance(node, ast.List | ast.Tuple) and node.elts)
        first = (node.elts[0] for node in lists if len(node.elts) > 1)
        command = any(isinstance(element, ast.Constant) and element.value in {"ffmpeg", "ffprobe"} for element in first)
        return command or any(isinstance(node, ast.Import) and node.names[0].name == "ffmpeg" for node in ast.walk(tree))

    callers = {name_of(path) for path in MODULES if calls(tree_of(path))}
    inside = {name for name in callers if name.startswith("pipeline/ffmpeg/")}
    assert callers - inside - {"cli/info.py"} == CALLS_FFMPEG  # `doctor` looks whether it is installed
    assert inside, "the one place must be seen, or this test sees nothing"


def test_importing_the_whole_pipeline_loads_nothing_heavy():
    modules = [dotted(path) for path in MODULES]
    light = [
        module
        for module in modules
        if module.startswith("pipeline") or module in {"serve.client.client", "cli.main", "cli.demo", "cli.dub"}
    ]
    code = "import sys, importlib\nfor name in sys.argv[1:]: importlib.import_module(name)\nprint(*sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code, *light], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not HEAVY & set(answer.stdout.split())


def test_importing_reads_no_environment_and_prints_nothing():
    code = (
        "import os, sys, importlib\n"
        "class Watched(dict):\n"
        "    def __getitem__(self, key): raise SystemExit(f'environment read: {key}')\n"
        "    get = __getitem__\n"
        "import numpy, ffmpeg\n"  # theirs may
        "os.environ = Watched()\n"
        "for name in sys.argv[1:]: importlib.import_module(name)\n"
    )
    modules = [dotted(path) for path in MODULES]
    light = [module for module in modules if module.startswith("pipeline")]
    answer = subprocess.run([sys.executable, "-c", code, *light], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


def test_pins_name_versions_and_no_addresses():
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and not line.startswith("#")]
    assert len(lines) > 50
    assert all(re.fullmatch(r"[A-Za-z0-9_.\-]+==[A-Za-z0-9_.+!\-]+", line) for line in lines)


def tracked_texts() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    paths = [ROOT / line for line in listed.stdout.splitlines()]
    suffixes = {".py", ".md", ".toml", ".yaml", ".yml", ".txt", ".cfg", ".sh", ""}
    return [path for path in paths if path.suffix in suffixes and path.is_file() and path != Path(__file__)]


def test_no_file_names_this_machine_or_a_registry():
    texts = tracked_texts()
    if not texts:
        pytest.skip("not a git checkout: nothing tells which files are ours")
    neighbours = "|".join(re.escape(path.name) for path in ROOT.parent.iterdir() if not path.name.startswith("."))
    places = rf"{re.escape(str(ROOT.parent)).rstrip('/')}/({neighbours})\b|{re.escape(str(Path.home()))}/"
    found = re.compile(rf"(?<![\w.])({places})|index-url\s*=?\s*\S*//|extra-index")
    assert not [name_of(path) for path in texts if found.search(path.read_text("utf-8", "replace"))]


def test_no_tests_package_shadows_ours():
    assert not list((ROOT / "tests").rglob("__init__.py"))
