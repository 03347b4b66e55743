"""Bounds on packages, modules, functions and names, which neither ruff nor import-linter checks."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("pipeline", "dashboard", "serve", "cli", "evaluation", "tools")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
MAX_MODULES, MAX_MODULE_LINES, MAX_FUNCTION_LINES = 15, 250, 40
MAX_BROAD_EXCEPTS = 5
# Reflection hides where a call goes. Each exception has its reason.
REFLECTION: dict[str, str] = {}
QUESTION = re.compile(r"(What|Who|Whoever|Whose|How|Whether|Where|When|Which|Why)\b")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def list_nodes() -> tuple[tuple[str, ast.AST], ...]:
    """Each node of every module, parsed once for all tests."""
    return tuple((name_of(path), node) for path in MODULES for node in ast.walk(ast.parse(path.read_text("utf-8"))))


def test_the_packages_are_seen() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in MODULES} == set(PACKAGES), "these tests would hold for nothing"


def test_no_package_holds_more_modules_than_a_reader_can_survey() -> None:
    counts = Counter(path.parent for path in MODULES if path.name != "__init__.py")
    assert not {name_of(folder): count for folder, count in counts.items() if count > MAX_MODULES}


def test_no_module_is_too_long() -> None:
    lengths = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert not {name: lines for name, lines in lengths.items() if lines > MAX_MODULE_LINES}


def test_no_function_is_too_long() -> None:
    lengths = {
        f"{name}:{node.name}": (node.end_lineno or 0) - node.lineno + 1
        for name, node in list_nodes()
        if isinstance(node, Function)
    }
    assert not {name: lines for name, lines in lengths.items() if lines > MAX_FUNCTION_LINES}


def is_broad(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or bool(re.search(r"\b(Base)?Exception\b", ast.unparse(handler.type)))


def test_broad_excepts_are_few_and_say_why() -> None:
    broad = [(name, node.lineno) for name, node in list_nodes() if isinstance(node, ast.ExceptHandler) and is_broad(node)]
    assert len(broad) <= MAX_BROAD_EXCEPTS, broad
    unexplained = [place for place in broad if "#" not in (ROOT / place[0]).read_text("utf-8").splitlines()[place[1] - 1]]
    assert not unexplained


def test_nothing_is_found_by_reflection() -> None:
    """Go-to-definition works: neither `__getattr__` proxies nor `dir()`."""
    proxies = {
        name for name, node in list_nodes() if isinstance(node, Function) and node.name in {"__getattr__", "__getattribute__"}
    }
    listed = {name for name, node in list_nodes() if isinstance(node, ast.Call) and ast.unparse(node.func) == "dir"}
    assert proxies | listed == set(REFLECTION)


def test_docstrings_name_their_subject_first() -> None:
    documented = (
        (name, node)
        for name, node in list_nodes()
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    )
    questions = [
        f"{name}:{getattr(node, 'lineno', 1)}" for name, node in documented if QUESTION.match(ast.get_docstring(node) or "")
    ]
    assert not questions


def test_constants_name_their_subject() -> None:
    constants = {
        f"{name}:{node.id}"
        for name, node in list_nodes()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id == "PATIENCE"
    }
    assert not constants
