"""Calls and legs change only by their own methods: no other file assigns their columns. Illegal changes raise."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from callcenter.calls import call as call_file
from callcenter.calls import leg as leg_file
from callcenter.calls.stages import TRANSITIONS, Stage
from callcenter.errors import IllegalTransition

ROOT = Path(__file__).parents[2]
OWN = {Path(call_file.__file__), Path(leg_file.__file__)}
NOW = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)


def fields_of(file: str) -> set[str]:
    """The mapped attributes that a file declares."""
    tree = ast.parse(Path(file).read_text())
    return {
        node.target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and "Mapped" in ast.dump(node.annotation)
    }


FIELDS = fields_of(call_file.__file__) | fields_of(leg_file.__file__)


def assigned(node: ast.AST) -> Iterator[ast.Attribute]:
    """The attributes that a statement assigns."""
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    for target in targets:
        for part in ast.walk(target) if target is not None else ():
            if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store):
                yield part


def is_a_call_or_leg(value: ast.expr) -> bool:
    """Whether a name stands for a call or a leg: `call`, `leg`, `self.call`, `answered_leg`, `adopted`."""
    name = value.attr if isinstance(value, ast.Attribute) else value.id if isinstance(value, ast.Name) else ""
    return name.removesuffix("s").endswith(("call", "leg", "adopted", "other"))


def assignments_from_afar(source: str) -> list[str]:
    """Each place in a source that assigns an attribute of a call or a leg."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            found += [
                f"{part.lineno}: {ast.unparse(part)}"
                for part in assigned(node)
                if part.attr in FIELDS and is_a_call_or_leg(part.value)
            ]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "setattr":
            found += [f"{node.lineno}: setattr"] if is_a_call_or_leg(node.args[0]) else []
    return found


def test_no_other_file_sets_a_field_of_a_call_or_a_leg() -> None:
    files = [path for name in ("callcenter", "webhooks", "schedules") for path in (ROOT / name).rglob("*.py")]
    standin = ROOT / "callcenter" / "standin"  # it has calls of its own, Twilio's
    found = {
        str(path.relative_to(ROOT)): places
        for path in files
        if path not in OWN and not path.is_relative_to(standin)
        if (places := assignments_from_afar(path.read_text()))
    }
    assert found == {}


@pytest.mark.parametrize(
    "source",
    ["call.stage = 'ended'", "self.call.turn += 1", "leg.state, leg.result = 1, 2", "setattr(call, name, 1)"],
)
def test_such_an_assignment_is_found(source: str) -> None:
    assert assignments_from_afar(source)


def a_call_at(stage: Stage | None) -> call_file.Call:
    call = call_file.Call(received_at=NOW)
    if stage is not None:
        call.stage = stage
    return call


@pytest.mark.parametrize("before", TRANSITIONS, ids=str)
@pytest.mark.parametrize("after", Stage, ids=str)
def test_a_call_goes_only_where_the_table_lets_it(before: Stage | None, after: Stage) -> None:
    call = a_call_at(before)
    if after in TRANSITIONS[before]:
        call.go_to(after, NOW)
        assert call.stage == after
    else:
        with pytest.raises(IllegalTransition):
            call.go_to(after, NOW)
        assert call.stage == (before or None)
