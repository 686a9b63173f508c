"""Commands, options and files named in documents exist, and so do documents named in code."""

import re
import tokenize
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import click
import pytest

from callcenter.cli import cli
from tests.support.town import MakeTown

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted(path for path in (ROOT / "deploy").rglob("*") if path.is_file()),
]
FOLDERS = ("callcenter", "webhooks", "schedules", "tests", "bench", "chaos", "pictures", "grafana")
SOURCES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
NAMES = cli.list_commands(click.Context(cli))
pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def _command(words: list[str]) -> click.Command:
    """The command that these words name; further words are its arguments. Raises KeyError when there is none."""
    context = click.Context(cli)
    command: click.Command = cli
    for word in words:
        if not isinstance(command, click.Group):
            break
        found = command.get_command(context, word)
        if found is None:
            raise KeyError(word)
        command = found
    return command


@pages
def test_every_command_on_the_page_exists_with_its_options(page: Path) -> None:
    # "callcenter" and a lower-case word in code on one line: `callcenter rota check DIR`, a unit's ExecStart.
    for line in re.findall(r"(?:`|/|^\s+)callcenter ([a-z][^`\n|]*)", page.read_text(), re.M):
        words = line.split()
        names = [word for word in words if re.fullmatch(r"[a-z]+(-[a-z]+)*", word)]
        command = _command(names)
        known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        used = {word.split("=")[0] for word in words if word.startswith("--")}
        assert used <= known, line


@pages
def test_every_file_on_the_page_exists(page: Path) -> None:
    text = page.read_text()
    linked = re.findall(r"\]\(([^)#:]+)\)", text)
    named = re.findall(r"`((?:docs|deploy|tests|grafana|bench|callcenter|webhooks|schedules)/[\w./-]*)`", text)
    for name in [*linked, *named]:
        assert (ROOT / name).exists() or (page.parent / name).exists(), name


@pytest.mark.parametrize("name", NAMES)
def test_the_quick_help_says_what_each_command_says_of_itself(name: str) -> None:
    # The overview imports no command, so it has its own copy of their first sentences.
    overview = cli.get_help(click.Context(cli, info_name="callcenter", terminal_width=300, max_content_width=300))
    said = re.search(rf"^  {name} +(.+)$", overview, re.M)
    assert said
    assert said[1] == _command([name]).get_short_help_str(limit=300)


def test_the_readme_names_every_command() -> None:
    readme = (ROOT / "README.md").read_text()
    for name in NAMES:
        assert re.search(rf"`callcenter [^`\n]*\b{name}\b|`{name} ", readme), name


def test_every_document_that_the_code_cites_exists() -> None:
    cited = {
        (path.relative_to(ROOT), name)
        for path in SOURCES
        for name in re.findall(r"[\w./-]+\.md\b", path.read_text())
        if path != Path(__file__)
    }
    # A test may name only the last part of a path: ROOT / "docs" / "call.md".
    folders = (ROOT, ROOT / "docs")
    assert [(path, name) for path, name in cited if not any((folder / name).exists() for folder in folders)] == []


# A path with a folder, such as docs/call.md or routing/hunt.py, relative to one of these places.
PATH = re.compile(r"(?<![\w./:<{*-])(?:[\w-]+/)+[\w-]+\.(?:py|md|toml|ya?ml|json|csv|ini|html|js|css|svg|sh)\b")
PLACES = (ROOT, ROOT / "callcenter", ROOT / "callcenter" / "telephony", ROOT / "docs")
BEFORE_A_DOCSTRING = (tokenize.ENCODING, tokenize.INDENT, tokenize.NEWLINE, tokenize.NL)
FILES = {
    path.name for folder in (ROOT / "docs", *(ROOT / folder for folder in FOLDERS)) for path in folder.rglob("*.*")
}


def _prose(path: Path) -> str:
    """The prose of a file without URLs: the whole of a document, the docstrings and comments of a module."""
    if path.suffix != ".py":
        return re.sub(r"\w+://\S+", "", path.read_text())
    with path.open("rb") as file:
        tokens = list(tokenize.tokenize(file.readline))
    said = (
        token.string
        for before, token in pairwise(tokens)
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and before.type in BEFORE_A_DOCSTRING)
    )
    return re.sub(r"\w+://\S+", "", "\n".join(said))


def _cited(path: Path) -> Iterator[str]:
    prose = _prose(path)
    yield from (found[0] for found in PATH.finditer(prose))
    yield from re.findall(r"`([a-z_][\w-]*\.(?:py|md)|[A-Z]+\.md)`", prose)


def _exists(name: str, citing: Path) -> bool:
    if "/" not in name:
        return name in FILES or (ROOT / name).exists()
    return any((place / name).exists() for place in (*PLACES, citing.parent))


def test_every_file_that_a_document_or_a_comment_cites_exists() -> None:
    cited = [(path, name) for path in [*PAGES, *SOURCES] for name in _cited(path)]
    assert len(cited) > 100
    assert [(str(path.relative_to(ROOT)), name) for path, name in cited if not _exists(name, path)] == []


def test_the_journey_that_a_newcomer_copies_works(a_small_town: MakeTown) -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text()
    (journey,) = re.findall(r"```python\n(.+?)```", page, re.S)
    lived: dict[str, Callable[[MakeTown], None]] = {}
    exec(compile(journey, "CONTRIBUTING.md", "exec"), lived)
    (told,) = (function for name, function in lived.items() if name.startswith("test_"))
    told(a_small_town)


def test_the_commands_before_a_commit_are_those_of_make_lint() -> None:
    hooks = re.findall(r"^ +entry: \.venv/bin/(.+)$", (ROOT / ".pre-commit-config.yaml").read_text(), re.M)
    lint = re.findall(r"\$\(BIN\)/([^|;]+?) \|\|", (ROOT / "Makefile").read_text())
    assert hooks == lint[: len(hooks)] != []
