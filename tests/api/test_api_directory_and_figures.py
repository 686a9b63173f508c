"""The API's operations on schools and reachability."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from callcenter.clock import VirtualClock
from tests.support.api_office import Door, a_call, a_line, a_school


@pytest.fixture
def door(sqlite_sessions: sessionmaker[Session], clock: VirtualClock) -> Door:
    door = Door(sqlite_sessions, clock)
    with sqlite_sessions.begin() as session:
        line = a_line(session, clock.now())
        schools = [a_school(session, clock.now(), f"05HL0{n}", f"+3178614000{n}") for n in range(1, 4)]
        for number in range(12):
            at = clock.now() - timedelta(days=number % 2, minutes=number)
            a_call(session, line, at, "missed" if number < 3 else "answered", contact_id=schools[0].id)
        a_call(session, line, clock.now(), "closed", group="parent")
        a_call(session, line, clock.now(), "missed", group="parent", wait_s=80.0)
    return door


def test_schools_are_searched_in_pages(door: Door) -> None:
    page = door.get("/schools?q=wegwijzer&limit=2")
    rest = door.get(f"/schools?q=wegwijzer&limit=2&cursor={page['next']}")
    assert [found["id"] for found in (*page["items"], *rest["items"])] == ["05HL01", "05HL02", "05HL03"]
    assert rest["next"] is None
    assert [found["id"] for found in door.get("/schools?q=078-6140002")["items"]] == ["05HL02"]
    assert door.ask("GET", "/schools?cursor=x").json["field"] == "cursor"


def test_a_school_learns_a_number(door: Door) -> None:
    answer = door.ask("POST", "/schools/05hl01/numbers", json={"number": "06-12345678"})
    assert (answer.status_code, answer.json["numbers"]) == (201, ["+31786140001", "+31612345678"])
    assert door.get("/schools/05HL01")["numbers"] == ["+31786140001", "+31612345678"]
    refused = door.ask("POST", "/schools/05HL01/numbers", json={"number": "12"})
    assert (refused.status_code, refused.json["field"]) == (422, "number")
    assert door.ask("GET", "/schools/99ZZ99").status_code == 404
    assert door.ask("GET", "/schools/%00").status_code == 404


def test_a_school_has_the_consultant_it_is_used_to(door: Door) -> None:
    assert door.get("/schools/05HL01")["preferred_consultant"] is None
    door.load_rota(caseload="school;municipality;consultant\n05HL01;;BRA\n")
    assert door.get("/schools/05HL01")["preferred_consultant"] == "BRA"


def test_figures_are_told_by_day_and_together(door: Door) -> None:
    door.load_rota()
    found = door.get("/reachability?from=2027-06-07&to=2027-06-09")
    assert [item["start"] for item in found["items"]] == ["2027-06-06T22:00:00Z", "2027-06-07T22:00:00Z"]
    total = found["total"]
    assert (total["offered"], total["answered"], found["target"], found["baseline"]) == (13, 9, 0.88, 0.69)
    assert total["reachability"] == pytest.approx(9 / 13)
    assert total["low"] < total["reachability"] < total["high"]
    assert sum(item["offered"] for item in found["items"]) == total["offered"]
    assert (total["wait_p50_s"], total["wait_p90_s"]) == (12.0, 12.0)
    assert (total["callbacks_due"], total["callbacks_in_time"]) == (0, 0)


def test_figures_can_be_of_one_group_or_school(door: Door) -> None:
    door.load_rota()
    assert door.get("/reachability?group=parent")["total"]["offered"] == 1
    school = door.get("/reachability?school=05HL01&by=hour")
    assert (school["total"]["offered"], school["total"]["reachability"]) == (12, pytest.approx(0.75))
    assert all(item["reachability"] is None for item in school["items"] if item["offered"] < 10)
    assert door.ask("GET", "/reachability?school=99ZZ99").json["field"] == "school"
    assert door.ask("GET", "/reachability?by=minute").json["field"] == "by"
    assert door.ask("GET", "/reachability?group=pupils").json["field"] == "group"


def test_without_dates_the_last_four_weeks_are_told(door: Door) -> None:
    door.load_rota()
    assert door.get("/reachability")["total"]["offered"] == 13
    door.clock.advance(28 * 86400)
    assert door.get("/reachability")["total"]["offered"] == 0
