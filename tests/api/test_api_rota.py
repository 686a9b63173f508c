"""The API's operations on the rota: reading it and activating a version."""

import io
import zipfile
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from callcenter.clock import VirtualClock
from tests.support.api_office import ROTA, Door, rota_files


@pytest.fixture
def door(sessions: sessionmaker[Session], clock: VirtualClock) -> Door:
    return Door(sessions, clock)


@pytest.fixture
def light_door(sqlite_sessions: sessionmaker[Session], clock: VirtualClock) -> Door:
    return Door(sqlite_sessions, clock)


def zipped(files: dict[str, bytes], folder: str = "") -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in files.items():
            opened.writestr(folder + name, content)
    return archive.getvalue()


def put_zip(door: Door, content: bytes) -> Any:
    return door.ask("PUT", "/rota", data=content, content_type="application/zip")


def test_without_a_rota_the_answer_says_what_to_do(door: Door) -> None:
    answer = door.ask("GET", "/rota")
    assert answer.status_code == 409
    assert "rota load" in answer.json["detail"]


def test_files_as_json_are_put_in_force(door: Door) -> None:
    answer = door.ask("PUT", "/rota", json={"files": ROTA, "note": "summer"})
    assert answer.status_code == 200
    assert (answer.json["version"], answer.json["note"], answer.json["author"]) == (1, "summer", "a lead")
    assert door.ask("PUT", "/rota", json=ROTA).json["version"] == 2
    assert door.get("/rota")["version"] == 2


@pytest.mark.parametrize("folder", ["", "rooster 2027/"])
def test_a_zip_is_put_in_force_wherever_its_files_lie(door: Door, folder: str) -> None:
    hidden = {"__MACOSX/._shifts.csv": b"\0", "readme.txt": b"hello"}
    assert put_zip(door, zipped({**rota_files(), **hidden}, folder)).status_code == 200
    assert door.get("/rota?from=2027-06-08&to=2027-06-09") == {
        "items": [
            {"consultant": c, "role": r, "start": "2027-06-08T06:30:00Z", "end": end}
            for c, r, end in (
                ("AIS", "line", "2027-06-08T15:00:00Z"),
                ("BRA", "line", "2027-06-08T11:00:00Z"),
                ("CEM", "backup", "2027-06-08T15:00:00Z"),
            )
        ],
        "next": None,
        "open": [{"start": "2027-06-08T06:30:00Z", "end": "2027-06-08T15:00:00Z"}],
        "version": 1,
    }


def test_a_refused_rota_names_every_fault_and_leaves_the_old_one(door: Door) -> None:
    door.load_rota()
    wrong = ROTA["shifts.csv"] + "ZZZ;mon;09:00;10:00;;;;;line;\nAIS;someday;09:00;10:00;;;;;line;\n"
    answer = door.ask("PUT", "/rota", json={**ROTA, "shifts.csv": wrong})
    assert answer.status_code == 422
    assert [(fault["file"], fault["line"]) for fault in answer.json["errors"]] == [("shifts.csv", 5), ("shifts.csv", 6)]
    assert answer.json["field"] == "shifts.csv:5"
    assert door.get("/rota")["version"] == 1
    assert "callcenter_rota_load_failed 1.0" in door.client.get("/metrics").text
    assert door.ask("PUT", "/rota", json=ROTA).status_code == 200
    assert "callcenter_rota_load_failed 0.0" in door.client.get("/metrics").text


@pytest.mark.parametrize(
    "content",
    [
        b"no zip",
        zipped(rota_files())[:-40],
        zipped({"a/shifts.csv": b"1", "b/shifts.csv": b"2"}),
        zipped({"shifts.csv": b"0" * 9_000_000}),
        zipped({f"{number}.csv": b"" for number in range(30)}),
    ],
)
def test_what_is_no_rota_zip_is_refused(light_door: Door, content: bytes) -> None:
    answer = put_zip(light_door, content)
    assert (answer.status_code, answer.json["field"]) == (422, "body")


def test_a_body_that_is_too_large_is_refused(light_door: Door) -> None:
    answer = put_zip(light_door, b"PK" * 3_000_000)
    assert (answer.status_code, answer.mimetype) == (413, "application/problem+json")


def test_gaps_are_told_as_by_the_command(door: Door) -> None:
    door.load_rota(shifts=ROTA["shifts.csv"].replace("AIS;mon-fri", "AIS;mon"))
    assert door.get("/rota/gaps?from=2027-06-08&to=2027-06-09") == {
        "gaps": [{"start": "2027-06-08T11:00:00Z", "end": "2027-06-08T15:00:00Z"}],
        "coverage": pytest.approx(4.5 / 8.5),
    }
    assert door.get("/rota/gaps?from=2027-06-12&to=2027-06-13") == {"gaps": [], "coverage": None}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=2027-06-09&to=2027-06-09", "to"),
        ("from=2020-01-01&to=2027-01-01", "to"),
        ("from=2027-02-30", "from"),
        ("from=9999-12-31", "from"),
        ("to=1", "to"),
    ],
)
def test_a_period_that_is_none_is_named(light_door: Door, query: str, field: str) -> None:
    light_door.load_rota()
    for path in ("/rota", "/rota/gaps", "/reachability"):
        answer = light_door.ask("GET", f"{path}?{query}")
        if path == "/reachability" and "2020" in query:
            continue
        assert (answer.status_code, answer.json["field"]) == (422, field), path
