"""The declared dependencies: each import is declared, and the lock files pin each one within its range."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
CONFIGURATION = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = CONFIGURATION["project"]
RUNTIME = [Requirement(line) for line in PROJECT["dependencies"]]
DEVELOPMENT = [Requirement(line) for line in PROJECT["optional-dependencies"]["dev"]]
PRODUCT = ("callcenter", "webhooks", "schedules")
TOOLING = ("grafana", "bench", "chaos", "pictures", "tests")
LOCKS = [("requirements.lock", RUNTIME), ("requirements-dev.lock", RUNTIME + DEVELOPMENT)]


def _imported(folders: tuple[str, ...]) -> set[str]:
    """The top-level packages of others that the modules of these folders import."""
    found: set[str] = set()
    for path in (path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.split(".")[0])
    return found - set(sys.stdlib_module_names) - {*PRODUCT, *TOOLING}


def _undeclared(folders: tuple[str, ...], declared: list[Requirement]) -> list[str]:
    names = {canonicalize_name(requirement.name) for requirement in declared}
    providers = packages_distributions()
    return sorted(
        module
        for module in _imported(folders)
        if not names & {canonicalize_name(name) for name in providers.get(module, [])}
    )


def _pinned(lock: str) -> dict[str, Version]:
    lines = re.findall(r"^([\w.-]+)==([^ ;\\]+)", (ROOT / lock).read_text(), re.M)
    return {canonicalize_name(name): Version(version) for name, version in lines}


def test_the_product_imports_only_what_it_declares() -> None:
    assert _undeclared(PRODUCT, RUNTIME) == []


def test_tests_and_tools_import_only_what_is_declared() -> None:
    assert _undeclared(TOOLING, RUNTIME + DEVELOPMENT) == []


@pytest.mark.parametrize("requirement", RUNTIME + DEVELOPMENT, ids=lambda requirement: str(requirement.name))
def test_every_range_has_a_lower_end(requirement: Requirement) -> None:
    assert any(part.operator == ">=" for part in requirement.specifier)


@pytest.mark.parametrize(("lock", "declared"), LOCKS, ids=[name for name, _ in LOCKS])
def test_a_lock_file_pins_every_dependency_within_its_range(lock: str, declared: list[Requirement]) -> None:
    pinned = _pinned(lock)
    missing = [requirement.name for requirement in declared if canonicalize_name(requirement.name) not in pinned]
    assert missing == [], "make lock"
    outside = [str(each) for each in declared if pinned[canonicalize_name(each.name)] not in each.specifier]
    assert outside == [], "make lock"


@pytest.mark.parametrize("lock", [name for name, _ in LOCKS])
def test_a_lock_file_holds_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert "index-url" not in text
    entries = re.split(r"\n(?=\w)", text)[1:]
    assert len(entries) > 50
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_development_uses_the_versions_that_an_operator_installs() -> None:
    developed = _pinned("requirements-dev.lock")
    assert {name: developed[name] for name in _pinned("requirements.lock")} == _pinned("requirements.lock")


def test_the_mutation_run_names_files_that_exist() -> None:
    mutmut = CONFIGURATION["tool"]["mutmut"]
    named = [*mutmut["only_mutate"], *mutmut["pytest_add_cli_args_test_selection"]]
    assert [path for path in named if not (ROOT / path).is_file()] == []
