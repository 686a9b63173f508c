"""Whoever rings a number back sees that its caller keyed it in: it may belong to somebody who never rang."""

import csv
import io

import pytest
from sqlalchemy import select

from callcenter.callbacks.records import Callback
from callcenter.calls.call import Call
from callcenter.office import Office
from tests.web.conftest import LogIn
from tests.web.seed import CONSULTANT, LEAD, Seeded

KEYED = "ingetoetst door de beller"


@pytest.mark.parametrize(
    ("who", "path"),
    [
        (LEAD, "/terugbellen"),
        (LEAD, "/terugbellen/{id}"),
        (CONSULTANT, "/mijn"),
        (CONSULTANT, "/mijn/terugbellen/{id}"),
    ],
)
def test_a_keyed_number_is_told_wherever_it_may_be_rung(
    log_in: LogIn, office: Office, seeded: Seeded, who: str, path: str
) -> None:
    client, address = log_in(who), path.format(id=seeded.plain)
    assert KEYED not in client.get(address).text
    with office.sessions.begin() as session:
        session.get_one(Callback, seeded.plain).number_keyed = True
    assert client.get(address).text.count(KEYED) == 1


def test_the_list_of_calls_tells_it_too(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    client = log_in(LEAD)
    assert KEYED not in client.get("/oproepen").text
    with office.sessions.begin() as session:
        call = session.scalars(select(Call).order_by(Call.id)).first()
        assert call is not None
        call.from_number, call.keyed_number, day = None, "+31302345678", call.received_at
    assert client.get(f"/oproepen?day={day:%Y-%m-%d}").text.count(KEYED) == 1


def test_the_export_tells_it_too(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    with office.sessions.begin() as session:
        session.get_one(Callback, seeded.plain).number_keyed = True
    text = log_in(LEAD).get("/terugbellen.csv").data.decode("utf-8-sig")
    rows = {
        row["nummer van het terugbelverzoek"]: row[KEYED] for row in csv.DictReader(io.StringIO(text), delimiter=";")
    }
    assert rows.pop(str(seeded.plain)) == KEYED
    assert set(rows.values()) == {""}
