"""No text with a control character gets into the database: pages, API and commands all pass these doors."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from sqlalchemy.orm import Session, sessionmaker

from callcenter.access.tokens import create_token
from callcenter.access.users import add_user, find_user
from callcenter.callbacks import verbs
from callcenter.callbacks.by_hand import make_by_hand
from callcenter.clock import VirtualClock
from callcenter.directory.contacts import read_contacts
from callcenter.directory.duo import read_duo
from callcenter.directory.report import FileRefused
from callcenter.errors import InvalidInput
from callcenter.lines.register import add, block_number
from callcenter.rota import versions
from callcenter.rota.versions import required_rota
from tests.support.api_office import Door, rota_files

Deed = Callable[[Session, str], object]
NUMBER, PASSWORD = "+31858880001", "een-lang-genoeg-wachtwoord"


@pytest.fixture
def door(sqlite_sessions: sessionmaker[Session], clock: VirtualClock) -> Door:
    door = Door(sqlite_sessions, clock)
    door.load_rota()
    with sqlite_sessions.begin() as session:
        add(session, "+31858880000", "RBL", clock.now())
    door.ask("POST", "/callbacks", json={"number": "0612345678"})
    return door


def _deeds(door: Door) -> dict[str, Deed]:
    now = door.clock.now()
    return {
        "a login's address": lambda session, odd: add_user(session, now, f"a{odd}@b.nl", "lead", PASSWORD),
        "a login's code": lambda session, odd: add_user(session, now, "a@b.nl", "consultant", PASSWORD, f"A{odd}S"),
        "a login looked for": lambda session, odd: find_user(session, f"a{odd}@b.nl"),
        "a token's name": lambda session, odd: create_token(session, now, "lead", name=f"a{odd}b"),
        "a line's name": lambda session, odd: add(session, NUMBER, f"a{odd}b", now),
        "why a number is blocked": lambda session, odd: block_number(session, NUMBER, f"a{odd}b", 7, "me", now),
        "a new callback's note": lambda session, odd: make_by_hand(
            session, required_rota(session), "0612345678", now, by="me", note=f"a{odd}b", due_by=None
        ),
        "a callback's note": lambda session, odd: verbs.note(session, 1, f"a{odd}b", "me", now),
        "why a callback is cancelled": lambda session, odd: verbs.cancel(session, 1, f"a{odd}b", "me", now),
        "a rota's note": lambda session, odd: versions.load(session, rota_files(), "me", now, note=f"a{odd}b"),
    }


@pytest.mark.parametrize("odd", ["\0", "\x01", "\x1b", "\x85", "\u202e", "\ufffe", "\ud800"])
def test_an_odd_character_is_refused_in_words_at_every_door(door: Door, odd: str) -> None:
    taken = []
    for name, deed in _deeds(door).items():
        with door.sessions() as session, suppress(InvalidInput):
            deed(session, odd)
            taken.append(name)
    assert taken == []


def test_a_rota_with_an_odd_character_in_a_name_is_refused(door: Door) -> None:
    odd = rota_files(consultants="code;name;mobile\nAIS;A\x01isha;06-20000001\n")
    with door.sessions() as session, pytest.raises(versions.RotaRefused) as refused:
        versions.load(session, odd, "me", door.clock.now())
    assert ("odd_character", 2) in [(fault.code, fault.line) for fault in refused.value.faults]


def test_a_list_with_an_odd_character_is_refused_at_its_line() -> None:
    with pytest.raises(FileRefused, match=r"2: the character U\+0001"):
        read_contacts("partners.csv", b"name;group;numbers\na\x01b;partner;078 614 0001\n")
    with pytest.raises(FileRefused, match=r"2: the character U\+001B"):
        read_duo("duo.csv", b"VESTIGINGSCODE;VESTIGINGSNAAM\n05HL00;a\x1bb\n")


def test_a_name_in_two_lines_becomes_one_line() -> None:
    (contact,) = read_contacts("partners.csv", b'name;group;numbers\n"Jan\nJansen";partner;078 614 0001\n').contacts
    assert contact.columns["name"] == "Jan Jansen"


def test_the_api_names_the_field_and_the_character(door: Door) -> None:
    answer = door.ask("POST", "/callbacks", json={"number": "0612345679", "note": "a\x1b[31mb"})
    assert (answer.status_code, answer.json["field"]) == (422, "note")
    assert "U+001B" in answer.json["detail"]
