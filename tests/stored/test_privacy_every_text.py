"""A number and a name that somebody typed, in any column and through any door, do not outlive their period."""

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Date, DateTime, LargeBinary, Numeric, String, Table, Text, insert, select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.access.audit import note as audit
from callcenter.callbacks import verbs
from callcenter.callbacks.by_hand import make_by_hand
from callcenter.callbacks.records import Callback
from callcenter.clock import VirtualClock
from callcenter.directory.contacts import import_contacts, read_contacts
from callcenter.lines import register
from callcenter.privacy.erase import forget
from callcenter.privacy.export import export
from callcenter.privacy.inventory import REPORTED, UNSEARCHED, Holds, held
from callcenter.privacy.mentions import text_columns
from callcenter.privacy.spelling import spelling_of
from callcenter.rota import versions
from callcenter.storage.tables import metadata
from schedules import retention
from tests.support.promises import SCHOOL, an_office, at, rota_files

NOW = at("8 08:00")
NUMBER = "+31655512345"
SPELLING = spelling_of(NUMBER)
# As Word and hasty people write it, and at most sixteen characters.
WRITTEN = (
    "06 – 55 51 23 45",
    "06\u201155512345",
    "tel0655512345",
    "0655512345x",
    "06_555_12345",
    "０６５５５１２３４５",
)
SECRET = "Geheimman"
# Beyond what the sequences of PostgreSQL give.
ID = 900
FAR = timedelta(days=4 * 365)
Sessions = sessionmaker[Session]


def texts(session: Session, wanted: Callable[[Holds], bool] = lambda _: True) -> Iterator[tuple[str, str]]:
    """Every text in the database with its column, rota files decoded."""
    for table in metadata().sorted_tables:
        columns = [one for one in text_columns(table) if wanted(held(table.name, one.name).holds)]
        for row in session.execute(select(*columns)) if columns else ():
            for column, value in zip(columns, row, strict=True):
                if table.name == "rota_version" and column.name == "files":
                    value = [base64.b64decode(text).decode(errors="replace") for text in value.values()]
                yield f"{table.name}.{column.name}", str(value)


def columns_with(session: Session, word: str) -> set[str]:
    """The columns that hold a word, or the number when the word is the number."""
    return {name for name, text in texts(session) if word in text or (word == NUMBER and SPELLING.is_in(text))}


def a_value(table: Table, column: Any, number: int, keys: Mapping[str, Any]) -> Any:
    """A value for one column: the number where one can be written, else anything that the column takes."""
    if column.foreign_keys:
        (key,) = column.foreign_keys
        return keys.get(key.column.table.name)
    kind = column.type
    holds = held(table.name, column.name).holds
    written = WRITTEN[number % len(WRITTEN)]
    if isinstance(kind, JSON):
        if holds is Holds.FILES:
            shifts = f"consultant;days;from;to;note\nAIS;mon;09:00;17:00;{written}\n"
            return {name: base64.b64encode(text).decode() for name, text in rota_files(shifts=shifts).items()}
        return {"x": "y" if holds in UNSEARCHED else [written]}
    if isinstance(kind, LargeBinary):
        return b"RIFF"
    if isinstance(kind, String | Text):
        if holds is Holds.NUMBER:
            return NUMBER
        if holds in UNSEARCHED or holds in REPORTED:
            return f"k{number}"[: kind.length or 10]
        return written[: kind.length or 100]
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, Date):
        return NOW.date()
    if isinstance(kind, DateTime) or "Utc" in type(kind).__name__:
        return NOW
    return float(number) if isinstance(kind, Numeric) else number


@pytest.mark.parametrize("turn", range(1, len(WRITTEN), 2))
def test_a_number_in_any_column_of_any_table_is_forgotten(sqlite_sessions: Sessions, turn: int) -> None:
    is_forgotten_everywhere(sqlite_sessions, turn)


def test_a_number_in_any_column_is_forgotten_on_both_databases(sessions: Sessions) -> None:
    is_forgotten_everywhere(sessions, 0)


def is_forgotten_everywhere(sessions: Sessions, turn: int) -> None:
    with sessions.begin() as session:
        keys: dict[str, Any] = {}
        for position, table in enumerate(metadata().sorted_tables):
            row = {one.name: a_value(table, one, position + turn + n, keys) for n, one in enumerate(table.columns)}
            row |= {one.name: ID for one in table.primary_key if one.name == "id"}
            session.execute(insert(table).values(**row))
            if "id" in table.columns:
                keys[table.name] = ID
        before = columns_with(session, NUMBER)
        searched = {
            f"{table.name}.{one.name}"
            for table in metadata().sorted_tables
            for one in text_columns(table)
            if held(table.name, one.name).holds not in UNSEARCHED | REPORTED
        }
        assert searched <= before
    assert forget(sessions, NUMBER, NOW, "lead").left == {}
    with sessions.begin() as session:
        assert columns_with(session, NUMBER) == set()
    assert forget(sessions, NUMBER, NOW, "lead").nothing


def lived(sessions: Sessions) -> int:
    """Everything that people can type about a caller, through the doors where they type it. Returns a callback."""
    about = f"{SECRET} 06 – 55 51 23 45"
    with sessions.begin() as session:
        an_office(session, NOW)
        rota = versions.required_rota(session)
        made = make_by_hand(session, rota, SCHOOL, NOW, by=f"token {about}", note=about, due_by=None)
        verbs.note(session, made.callback.id, f"moeder {about}", "lead", NOW)
        verbs.cancel(session, made.callback.id, f"{about} belt al", "lead", NOW)
        register.block_number(session, SCHOOL, about, 1, f"lead {about}", NOW)
        register.add(session, "+31858880000", f"RBL {about}", NOW)
        partner = f"naam;groep;nummers\n{about};ouder;0655512345\nWillem;ouder;0612121212\n"
        import_contacts(session, read_contacts("c.csv", partner.encode()), NOW)
        import_contacts(session, read_contacts("c.csv", b"naam;groep;nummers\nWillem;ouder;0612121212\n"), NOW)
        audit(session, NOW, f"lead {about}", "x", "callback:1", text=about)
        absence = f"id;soort;code;van;tot;vervanger;opmerking;door\n1;ziek;AIS;2027-06-01;2027-06-02;;{about};WIL\n"
        files = rota_files(exceptions=absence)
        versions.load(session, files, f"lead {about}", NOW, note=about)
        versions.load(session, rota_files(), "lead", NOW + timedelta(minutes=1))
        return made.callback.id


def test_what_people_typed_beside_the_number_is_forgotten_wherever_they_typed_it(sessions: Sessions) -> None:
    callback_id = lived(sessions)
    with sessions.begin() as session:
        assert {
            *("callback.note", "callback.cancel_reason", "callback.created_by", "blocked_number.reason"),
            *("line.name", "contact.name", "audit_event.detail", "rota_version.files", "rota_version.note"),
        } <= columns_with(session, SECRET)
    told = {one["column"] for one in export(sessions, NUMBER, NOW, "lead")["mentioned"]}
    assert {"note", "cancel_reason", "created_by", "reason", "name", "detail", "files"} <= told
    done = forget(sessions, NUMBER, NOW, "lead")
    assert not done.nothing
    assert done.left == {}
    with sessions.begin() as session:
        assert columns_with(session, NUMBER) == set()
        assert session.get_one(Callback, callback_id).cancel_reason == f"{SECRET} … belt al"
    assert forget(sessions, NUMBER, NOW, "lead").nothing


def test_forgetting_a_caller_takes_the_reason_why_the_callback_was_cancelled(sqlite_sessions: Sessions) -> None:
    callback_id = lived(sqlite_sessions)
    forget(sqlite_sessions, SCHOOL, NOW, "lead")
    with sqlite_sessions() as session:
        callback = session.get_one(Callback, callback_id)
        assert (callback.state, callback.note, callback.cancel_reason) == ("cancelled", None, None)


def test_after_four_years_nothing_is_left_of_what_people_typed_but_in_the_names_of_the_office(
    sessions: Sessions,
) -> None:
    lived(sessions)
    retention.run(sessions, VirtualClock(NOW + FAR))
    with sessions.begin() as session:
        assert columns_with(session, SECRET) == {"line.name"}


def test_the_reason_of_a_cancelled_callback_goes_after_a_quarter_and_the_products_own_stays(sessions: Sessions) -> None:
    callback_id = lived(sessions)
    retention.run(sessions, VirtualClock(NOW + timedelta(days=89)))
    with sessions() as session:
        assert SECRET in str(session.get_one(Callback, callback_id).cancel_reason)
    retention.run(sessions, VirtualClock(NOW + timedelta(days=91)))
    with sessions.begin() as session:
        callback = session.get_one(Callback, callback_id)
        assert (callback.note, callback.cancel_reason) == (None, None)
        callback.cancel_reason = "wrong_number"
    assert retention.run(sessions, VirtualClock(NOW + timedelta(days=92)))["callbacks' numbers, names and notes"] == 0
    with sessions() as session:
        assert session.get_one(Callback, callback_id).cancel_reason == "wrong_number"


def test_a_colleagues_number_is_not_erased_and_that_is_said(sqlite_sessions: Sessions) -> None:
    """Somebody has left: the mobile is in old versions of the rota only."""
    with sqlite_sessions.begin() as session:
        an_office(session, NOW)
        people = rota_files()
        name = next(name for name in people if name.startswith("consul"))
        (mobile,) = re.findall(r"AIS;[^;]*;([^;\n]+)", people[name].decode())
        changed = {**people, name: people[name].replace(mobile.encode(), b"0655599999")}
        versions.load(session, changed, "lead", NOW)
    done = forget(sqlite_sessions, mobile, NOW, "lead")
    assert not done.nothing
    assert done.left == {"rota version 1": 1}
    with sqlite_sessions() as session:
        assert versions.version(session, 1).consultants["AIS"].mobile
