"""Rules of the code that no linter checks."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCT = sorted(path for package in ("callcenter", "webhooks", "schedules") for path in (ROOT / package).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
TIME_OF_DAY = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
    ("time", "localtime"),
    ("time", "gmtime"),
}
APPS_AND_DATABASES = ("sqlalchemy", "flask", "callcenter.app", "callcenter.server", "callcenter.storage.engine")
WITH_DATABASES = [ROOT / "tests" / "support" / name for name in ("databases.py", "town.py")]
# The only test code that sleeps, between two polls of another process.
MAY_PAUSE = {"waiting.py"}


def _calls(path: Path) -> Iterator[tuple[int, str, str]]:
    """Line, last name before the dot, name called: `datetime.datetime.now()` gives ("datetime", "now")."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Attribute(value=ast.Name(id=base), attr=name):
                    yield node.lineno, base, name
                case ast.Attribute(value=ast.Attribute(attr=base), attr=name):
                    yield node.lineno, base, name
                case ast.Attribute(attr=name) | ast.Name(id=name):
                    yield node.lineno, "", name


def _places(paths: list[Path], wrong: object) -> list[str]:
    assert callable(wrong)
    return [
        f"{path.relative_to(ROOT)}:{line}: {base}.{name}"
        for path in paths
        for line, base, name in _calls(path)
        if wrong(base, name)
    ]


@cache
def _imports(path: Path) -> set[str]:
    """Every module that the file may import by its imports, `from a import b` as `a` and `a.b`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import(names=names):
                found |= {name.name for name in names}
            case ast.ImportFrom(module=str(module), names=names):
                found |= {module, *(f"{module}.{name.name}" for name in names)}
    return found


def _needs(path: Path) -> set[str]:
    """What a test file imports of apps and databases, by itself or through tests.support."""
    waiting, seen, found = [path], set[Path](), set[str]()
    while waiting:
        seen.add(file := waiting.pop())
        for module in _imports(file):
            if module.startswith(APPS_AND_DATABASES):
                found.add(module)
            helper = ROOT / f"{module.replace('.', '/')}.py"
            if module.startswith("tests.") and helper.exists() and helper not in seen:
                waiting.append(helper)
    return found


@cache
def _fixtures(path: Path) -> set[str]:
    """The names of the fixtures that a file defines."""
    return {
        node.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and "fixture" in "".join(map(ast.unparse, node.decorator_list))
    }


def test_only_the_clock_asks_what_time_it_is() -> None:
    others = [path for path in PRODUCT if path != ROOT / "callcenter" / "clock.py"]
    assert _places(others, lambda base, name: (base, name) in TIME_OF_DAY) == []


def test_no_test_depends_on_the_present_moment() -> None:
    assert _places(TESTS, lambda base, name: (base, name) in TIME_OF_DAY) == []


def test_no_test_sleeps() -> None:
    tests = [path for path in TESTS if path.name not in MAY_PAUSE]
    assert _places(tests, lambda _base, name: name in ("sleep", "wait_for_timeout")) == []


def test_no_test_imports_mocks() -> None:
    mocks = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in TESTS
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom) and "mock" in ast.unparse(node)
    ]
    assert mocks == []


@pytest.mark.parametrize("path", sorted((ROOT / "tests" / "unit").glob("test_*.py")), ids=lambda path: str(path.name))
def test_a_unit_test_needs_neither_app_nor_database(path: Path) -> None:
    functions = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]
    arguments = {argument.arg for function in functions for argument in function.args.args}
    fixtures = set().union(*map(_fixtures, WITH_DATABASES))
    assert {"sqlite_engine", "sessions", "a_town"} <= fixtures
    assert _needs(path) == set(), "it belongs into tests/stored, tests/api or tests/ops"
    assert arguments & (fixtures - _fixtures(path)) == set(), "it belongs into tests/stored, tests/api or tests/ops"


@pytest.mark.parametrize("path", PRODUCT, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_starts_with_what_it_is_for(path: Path) -> None:
    text = path.read_text()
    if text.strip():
        assert ast.get_docstring(ast.parse(text)), "the first line of a module says which question it answers"
