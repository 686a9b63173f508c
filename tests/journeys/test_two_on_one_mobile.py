"""A rota from before the check has two people on one mobile: it never rings twice at once, and can be corrected."""

import base64
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy.orm import Session, sessionmaker

from callcenter.callbacks import one_press
from callcenter.callbacks.one_press import DiallingRefused
from callcenter.callbacks.records import Callback
from callcenter.presence import claims
from callcenter.presence.claims import claim
from callcenter.rota import versions
from callcenter.rota.model import Rota
from callcenter.rota.reading.faults import Fault
from callcenter.rota.records import RotaVersion
from callcenter.standin.people.scripts import hang_up
from tests.support.invariants import breaches
from tests.support.promises import a_rota
from tests.support.racing import race
from tests.support.town import LINE, PEOPLE, TUESDAY_MORNING, MakeTown, Town

SHARED = "code;name;mobile\nAIS;Aïsha;+31620000001\nBRA;Bram;06-20000001\nCEM;Cem;+31620000003\n"


def share_a_mobile(town: Town) -> Rota:
    """AIS and BRA have AIS' mobile, in a rota version from before the check."""
    with town.sessions.begin() as session:
        files = versions.files_of(session, 1)
        files["consultants.csv"] = SHARED.encode()
        stored = {name: base64.b64encode(data).decode() for name, data in files.items()}
        session.add(RotaVersion(loaded_at=town.clock.now(), author="then", note=None, sha256="0" * 64, files=stored))
        session.flush()
        active = versions.active(session)
        assert active is not None
        return active[1]


def test_a_version_from_before_still_decides(a_small_town: MakeTown) -> None:
    town = a_small_town()
    rota = share_a_mobile(town)
    assert rota.consultants["AIS"].mobile == rota.consultants["BRA"].mobile


def test_one_call_rings_the_mobile_once(a_town: MakeTown) -> None:
    town = a_town()
    share_a_mobile(town)
    town.answers("AIS", after=6)
    town.somebody().dials(LINE, talks=20)
    town.live()

    assert town.call().outcome == "answered"
    assert sorted(town.offers()) == ["AIS", "CEM"]
    assert breaches(town) == []


def test_two_callers_never_ring_it_at_once(a_town: MakeTown) -> None:
    town = a_town()
    share_a_mobile(town)
    for n in range(4):
        town.somebody(f"+3178614001{n}").dials(LINE, after=n * 0.7, script=[hang_up(at_s=20)])
    town.live()

    assert "AIS" in town.offers() or "BRA" in town.offers()
    assert town.standin.double_rings() == []
    assert breaches(town) == []


def test_nobody_is_rung_on_a_mobile_that_talks(a_town: MakeTown) -> None:
    town = a_town(on_duty=("AIS", "BRA"))
    share_a_mobile(town)
    town.answers("AIS", after=3)
    town.somebody().dials(LINE, talks=60)
    town.somebody("+31786140019").dials(LINE, after=15, script=[hang_up(at_s=12)])
    town.live()

    first, second = town.calls()
    assert (first.outcome, second.outcome) == ("answered", "abandoned")
    assert len(town.mobile("AIS").calls) == 1
    assert breaches(town) == []


def test_no_callback_is_made_on_a_mobile_that_a_call_has(a_town: MakeTown) -> None:
    town = a_town()
    rota = share_a_mobile(town)
    town.somebody().dials(LINE, script=[hang_up(at_s=3)])
    town.live()
    now = town.clock.now()
    with town.sessions.begin() as session:
        claims.insert_missing(session, PEOPLE)
        assert claim(session, ["AIS"], "CA1", now + timedelta(seconds=30), now)
    (callback,) = town.callbacks()
    with town.sessions.begin() as session, pytest.raises(DiallingRefused, match="on a call"):
        one_press.press(session, rota, callback.id, "BRA", now, "BRA")
    with town.sessions.begin() as session:
        later = now + timedelta(seconds=31)
        one_press.press(session, rota, callback.id, "BRA", later, "BRA")
        assert session.get_one(Callback, callback.id).owner == "BRA"


def test_restoring_it_says_at_both_rows_what_is_wrong_and_how_to_mend_it(a_small_town: MakeTown) -> None:
    town = a_small_town()
    share_a_mobile(town)
    with town.sessions.begin() as session, pytest.raises(versions.RotaRefused) as refused:
        versions.restore(session, 2, "lead", town.clock.now())
    told: list[Fault] = [fault for fault in refused.value.faults if fault.severity == "error"]
    assert [fault.report("en") for fault in told] == [
        "consultants.csv:2: shared_mobile AIS has the same mobile number as BRA in consultants.csv:3. "
        "Give each a number of their own, or end one of them with active_until.",
        "consultants.csv:3: shared_mobile BRA has the same mobile number as AIS in consultants.csv:2. "
        "Give each a number of their own, or end one of them with active_until.",
    ]


def test_two_claims_that_race_for_one_mobile_give_it_to_one(sessions: sessionmaker[Session]) -> None:
    rota = a_rota(consultants=SHARED)
    with sessions.begin() as session:
        claims.insert_missing(session, ["AIS", "BRA"])

    def take(code: str, n: int) -> list[str]:
        at = TUESDAY_MORNING + timedelta(minutes=n)
        with sessions.begin() as session:
            if claims.lock_free_mobiles(session, rota, [code], at):
                return list(claim(session, [code], f"CA{code}{n}", at + timedelta(seconds=30), at))
        return []

    rounds = 25
    for n in range(rounds):
        first, second = race(partial(take, "AIS", n), partial(take, "BRA", n))
        assert len(first + second) <= 1
