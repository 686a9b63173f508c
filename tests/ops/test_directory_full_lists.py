"""Importing DUO's full lists gives the documented counts."""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.demo.make_schools import EXTRACT, REGION, extract
from callcenter.directory.duo import DuoFile, read_duo
from callcenter.directory.list_file import read_table
from callcenter.directory.lookup import who_calls
from callcenter.directory.records import Contact, ContactNumber
from callcenter.directory.schools import import_schools

FULL = Path(__file__).parents[2].parent / "shared" / "data"
APRIL = "duo_primary_schools_2026-04.csv.gz"
AUGUST = "duo_primary_schools_2026-08.csv.gz"
SECONDARY = "duo_secondary_schools_2025-09.csv.gz"
NOW = datetime(2026, 8, 20, 9, 0, tzinfo=UTC)

full_lists = pytest.mark.skipif(not (FULL / AUGUST).exists(), reason="the full DUO lists are not beside this project")


def the_full(name: str) -> DuoFile:
    return read_duo(name, (FULL / name).read_bytes())


@pytest.fixture
def session(sessions: sessionmaker[Session]) -> Iterator[Session]:
    """A session on a fresh database."""
    with sessions() as session:
        yield session


@full_lists
@pytest.mark.shared_data
def test_the_full_lists_come_out_as_described(session: Session) -> None:
    started = time.perf_counter()
    april = import_schools(session, [the_full(APRIL)], NOW)
    assert time.perf_counter() - started < 5
    august = import_schools(session, [the_full(AUGUST)], NOW)
    secondary = import_schools(session, [the_full(SECONDARY)], NOW)
    again = import_schools(session, [the_full(AUGUST), the_full(SECONDARY)], NOW)
    assert april.summary() == "read 6107, added 6107, changed 0, gone 0, refused 3"
    assert august.summary() == "read 6122, added 17, changed 63, gone 2, refused 3"
    assert secondary.summary() == "read 1620, added 1620, changed 0, gone 0, refused 1"
    assert again.summary() == "read 7742, added 0, changed 0, gone 0, refused 4"
    active = select(func.count(distinct(ContactNumber.number))).join(Contact).where(Contact.gone_at.is_(None))
    assert session.scalar(active) == 7185
    assert len(who_calls(session, "+31345572651").contacts) == 11
    many = who_calls(session, "+31207059600")
    assert len(many.contacts) == 23
    assert len({contact.municipality_code for contact in many.contacts}) == 3


@full_lists
@pytest.mark.shared_data
def test_shared_numbers_of_secondary_schools_are_kept_for_all() -> None:
    counted = Counter(number for school in the_full(SECONDARY).schools for number in school.numbers)
    shared = [rows for rows in counted.values() if rows > 1]
    assert (len(shared), sum(shared)) == (146, 411)


@full_lists
@pytest.mark.shared_data
def test_the_numbers_that_changed_over_the_summer_are_these() -> None:
    april = {school.duo_code: school for school in the_full(APRIL).schools}
    august = {school.duo_code: school for school in the_full(AUGUST).schools}
    both = april.keys() & august.keys()
    assert {code for code in both if april[code].numbers != august[code].numbers} == {
        *("09IE00", "09MO00", "14IX00", "32HY00", "03QJ00", "32EZ00", "13ID00", "32EU00")
    }
    assert len([code for code in both if april[code].name != august[code].name]) == 26


@full_lists
@pytest.mark.shared_data
def test_the_demo_extract_is_made_from_the_full_lists() -> None:
    tables = [read_table(name, (FULL / name).read_bytes()) for name in (AUGUST, SECONDARY)]
    assert read_table("extract", EXTRACT.read_bytes()) == read_table("extract", extract(tables, REGION))


def test_the_demo_knows_the_208_schools_of_its_region() -> None:
    schools = read_duo("schools.csv.gz", EXTRACT.read_bytes()).schools
    assert len(schools) == 208
    assert {school.rmc_region_code for school in schools} == {"30"}
    assert len({school.municipality for school in schools}) == 10
    assert len([school for school in schools if not school.numbers]) == 14
