"""A host's clock is set ahead while a mobile rings: what seems to have run out has not, and no mobile rings twice."""

from datetime import timedelta

from callcenter.presence import claims
from callcenter.routing.sweep import run_sweep
from tests.support.town import LINE, MakeTown, Town

AHEAD = timedelta(minutes=10)


def may_be_rung(town: Town, code: str) -> bool:
    """Whether another call would get this consultant, on a host whose clock is ahead."""
    later = town.clock.now() + AHEAD
    with town.sessions() as session:
        return bool(claims.claim(session, [code], "CA of another", later + timedelta(seconds=35), later))


def test_a_mobile_that_rings_is_not_rung_for_another_call(a_town: MakeTown) -> None:
    town = a_town(on_duty=("AIS",))
    town.mobile("AIS").never_answers()
    caller = town.somebody().dials(LINE)
    town.standin.run_for(12)
    assert len(town.standin.exchange.rings) == 1
    assert not may_be_rung(town, "AIS")

    run_sweep(town.sessions, town.clock.now() + AHEAD)
    town.standin.run_for(2)
    assert not may_be_rung(town, "AIS"), "Twilio says that it rings still"

    town.standin.exchange.hang_up(caller.call)
    town.standin.run_for(5)
    assert may_be_rung(town, "AIS")
