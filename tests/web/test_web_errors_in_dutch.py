"""What goes wrong is told in the visitor's language: every error that a subject can raise below a page."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from flask import Flask, session

from callcenter import errors
from callcenter.web.locale import SESSION_KEY
from callcenter.web.remarks import WITH_VALUES, remark

ROOT = Path(__file__).parents[2] / "callcenter"
# Errors of these are read at a terminal, by a program, or by nobody.
NOT_PAGES = (
    *("api", "backup", "calls", "cli", "demo", "directory/report.py", "doctor"),
    *("privacy", "rota/show", "routing", "standin", "storage"),
)
RAISED = {
    name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.CallcenterError)
} - {"SettingsError", "DatabaseOutdated"}


def _messages() -> Iterator[tuple[str, str]]:
    """Each place where an error is raised, and its message; a value in it is written `X`."""
    for path in sorted(ROOT.rglob("*.py")):
        place = path.relative_to(ROOT).as_posix()
        if place.startswith(NOT_PAGES):
            continue
        tree = ast.parse(path.read_text())
        constants = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in RAISED and call.args:
                text = _text(call.args[-1], constants)
                if text:
                    yield f"{place}:{call.lineno}", text


def _text(node: ast.expr, constants: Mapping[str, object]) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.Name):
        return str(constants.get(node.id, ""))
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values)
    return ""


@pytest.fixture
def in_dutch(app: Flask) -> Iterator[None]:
    with app.test_request_context():
        session[SESSION_KEY] = "nl"
        yield


@pytest.mark.usefixtures("in_dutch")
def test_every_error_of_a_subject_has_its_dutch_sentence() -> None:
    found = dict(_messages())
    assert len(found) > 50
    english = {place: text for place, text in found.items() if remark(errors.CallcenterError(text)) == text}
    assert english == {}


@pytest.mark.usefixtures("in_dutch")
def test_no_sentence_with_a_value_is_left_over() -> None:
    said = [text for _, text in _messages()]
    left = []
    for sentence in WITH_VALUES:
        shape = sentence.split("%(")[0], sentence.rpartition(")s")[2]
        if not any(text.startswith(shape[0]) and text.endswith(shape[1]) for text in said):
            left.append(sentence)
    assert left == []


@pytest.mark.usefixtures("in_dutch")
@pytest.mark.parametrize(
    ("message", "dutch"),
    [
        ("there is no consultant 'XYZ'", "er is geen consulent 'XYZ'"),
    ],
)
def test_a_value_stands_in_the_sentence(message: str, dutch: str) -> None:
    assert remark(errors.InvalidInput("field", message)) == dutch
