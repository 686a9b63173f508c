"""Of two people who change one callback, the second is told: ETag and If-Match."""

from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from callcenter.api.openapi import document
from callcenter.callbacks.records import Callback
from callcenter.clock import VirtualClock
from tests.support.api_office import Door, a_line
from tests.support.racing import race


@pytest.fixture
def door(sessions: sessionmaker[Session], clock: VirtualClock) -> Door:
    door = Door(sessions, clock)
    door.load_rota()
    with sessions.begin() as session:
        a_line(session, clock.now())
    return door


@pytest.fixture
def callback_id(door: Door) -> int:
    return int(door.ask("POST", "/callbacks", json={"number": "0786140001"}).json["id"])


def tag_of(door: Door, callback_id: int) -> str:
    answer = door.ask("GET", f"/callbacks/{callback_id}")
    tag = answer.headers["ETag"]
    assert tag[0] == tag[-1] == '"'
    return str(tag)


def change(door: Door, callback_id: int, tag: str | None, **changes: Any) -> Any:
    headers = {"If-Match": tag} if tag is not None else {}
    return door.ask("PATCH", f"/callbacks/{callback_id}", json=changes, headers=headers)


def test_the_second_lead_is_told_and_nothing_is_changed(door: Door, callback_id: int) -> None:
    seen = tag_of(door, callback_id)
    assert change(door, callback_id, seen, owner="BRA", note="first").status_code == 200
    before = door.get(f"/callbacks/{callback_id}")
    second = change(door, callback_id, seen, owner="CEM", note="second")
    assert (second.status_code, second.mimetype) == (412, "application/problem+json")
    assert "changed this callback meanwhile" in second.json["detail"]
    assert door.get(f"/callbacks/{callback_id}") == before
    assert change(door, callback_id, tag_of(door, callback_id), note="second").status_code == 200


def test_one_who_read_the_answer_of_the_own_change_may_go_on(door: Door, callback_id: int) -> None:
    tag = tag_of(door, callback_id)
    for changes in (
        {"owner": "BRA"},
        {"state": "claimed"},
        {"note": "rings\r\ntill three"},
        {"due_at": "2027-06-08T12:00:00.123456+02:00"},
        {"state": "unreachable"},
        {"state": "open"},
        {"state": "cancelled", "note": "double"},
    ):
        answer = change(door, callback_id, tag, **changes)
        assert answer.status_code == 200, answer.text
        assert answer.headers["ETag"] != tag
        tag = answer.headers["ETag"]
        assert tag == tag_of(door, callback_id)


def test_the_answers_of_making_ringing_and_reporting_have_the_tag_too(door: Door) -> None:
    made = door.ask("POST", "/callbacks", json={"number": "0786140001"})
    path = f"/callbacks/{made.json['id']}"
    assert made.headers["ETag"] == tag_of(door, made.json["id"])
    door.ask("PATCH", path, json={"owner": "BRA"})
    rung = door.ask("POST", f"{path}/call", headers={"If-Match": tag_of(door, made.json["id"])})
    assert rung.status_code == 202
    assert rung.headers["ETag"] == tag_of(door, made.json["id"])
    told = door.ask(
        "POST", f"{path}/attempts", json={"result": "no_answer"}, headers={"If-Match": rung.headers["ETag"]}
    )
    assert told.status_code == 201
    assert told.headers["ETag"] == tag_of(door, made.json["id"])
    for action, body in (("call", None), ("attempts", {"result": "reached"})):
        stale = door.ask("POST", f"{path}/{action}", json=body, headers={"If-Match": made.headers["ETag"]})
        assert stale.status_code == 412


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (None, 200),
        ("*", 200),
        ("{tag}", 200),
        ('"other", {tag}', 200),
        ('"other"', 412),
        ("W/{tag}", 412),  # a weak tag matches nothing
        ("", 412),
    ],
)
def test_if_match_is_read_as_rfc_9110_says(door: Door, callback_id: int, header: str | None, status: int) -> None:
    given = header.format(tag=tag_of(door, callback_id)) if header is not None else None
    assert change(door, callback_id, given, note="x").status_code == status


def test_a_callback_that_is_not_there_or_not_ones_own_is_not_found_whatever_the_tag(
    door: Door, callback_id: int
) -> None:
    assert change(door, 99, "*", note="x").status_code == 404
    change(door, callback_id, None, owner="BRA")
    headers = {"If-Match": '"other"'}
    answer = door.ask("PATCH", f"/callbacks/{callback_id}", door.token_of("AIS"), json={"note": "x"}, headers=headers)
    assert answer.status_code == 404


def test_what_the_clock_marks_is_no_change(door: Door, callback_id: int) -> None:
    seen = tag_of(door, callback_id)
    with door.sessions.begin() as session:
        callback = session.get_one(Callback, callback_id)
        callback.reminded_at = callback.notified_at = callback.overdue_told_at = door.clock.now()
    door.clock.advance(7200)
    assert door.get(f"/callbacks/{callback_id}")["overdue"] is True
    assert tag_of(door, callback_id) == seen


def test_of_two_at_the_same_instant_one_changes_it_and_the_other_is_told(door: Door, callback_id: int) -> None:
    for turn in range(5):
        seen = tag_of(door, callback_id)

        def changing(note: str, seen: str = seen) -> tuple[str, int]:
            answer = door.app.test_client().patch(
                f"/api/v1/callbacks/{callback_id}",
                json={"note": note},
                headers={"Authorization": f"Bearer {door.token}", "If-Match": seen},
            )
            return note, answer.status_code

        results = race(*(lambda note=f"{turn} {n}": changing(note) for n in range(3)))
        assert sorted(status for _, status in results) == [200, 412, 412]
        (winner,) = (note for note, status in results if status == 200)
        assert door.get(f"/callbacks/{callback_id}")["note"] == winner


def test_the_document_describes_the_header_and_the_refusal() -> None:
    paths = document()["paths"]
    one = paths["/api/v1/callbacks/{callback_id}"]
    assert "If-Match" in {part["name"] for part in one["patch"]["parameters"]}
    assert "412" in one["patch"]["responses"]
    assert "412" not in one["get"]["responses"]
    assert "ETag" in one["get"]["responses"]["200"]["headers"]
    assert "Callcenter-Joined" in paths["/api/v1/callbacks"]["post"]["responses"]["201"]["headers"]
    assert paths["/api/v1/callbacks/{callback_id}/call"]["post"]["requestBody"]["required"] is False
