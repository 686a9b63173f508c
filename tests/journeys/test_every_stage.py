"""Every stage of a call and every transition occurs in a test, and the documentation draws exactly these."""

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from callcenter.calls.call import Call
from callcenter.calls.stages import TRANSITIONS
from callcenter.standin.faults import FaultRule
from callcenter.standin.people.scripts import PhoneScript, hang_up, press
from tests.support.town import LINE, SCHOOL, Town

EVENING = datetime(2027, 6, 8, 18, 0, tzinfo=UTC)
REST_AWAY = (FaultRule("rest_error", kind="create-call", status=500),)
DIAGRAM = Path(__file__).parents[2] / "docs" / "call.md"
TABLE = {(str(before) if before else None, str(after)) for before in TRANSITIONS for after in TRANSITIONS[before]}

Ways = set[tuple[str | None, str]]
MakeTown = Callable[..., Town]


@pytest.fixture
def ways() -> Iterator[Ways]:
    """Records each transition that any call makes."""
    taken: Ways = set()

    def note(_call: Call, after: str, before: object, _initiator: object) -> None:
        known = str(before) if isinstance(before, str) else None
        if known != str(after):
            taken.add((known, str(after)))

    event.listen(Call.stage, "set", note)
    yield taken
    event.remove(Call.stage, "set", note)


@pytest.fixture
def another_town(sqlite_template: Path, tmp_path: Path, open_engine: Callable[[str], Engine]) -> MakeTown:
    """Creates towns, each with its own database."""
    made: list[Town] = []

    def make(*args: object, **named: object) -> Town:
        path = tmp_path / f"town{len(made)}.db"
        shutil.copyfile(sqlite_template, path)
        made.append(Town(open_engine(f"sqlite:///{path}"), *args, **named))  # type: ignore[arg-type]
        return made[-1]

    return make


def answered(make: MakeTown) -> None:
    """Consultants talk, or leave before or at the start of a talk, and callers hang up at each moment of it."""
    for script in (
        PhoneScript(after_s=4, steps=(press("1", at_s=2),), talk_s=20),
        PhoneScript(after_s=4, steps=(press("1", at_s=2), hang_up(at_s=2.2))),
        PhoneScript(after_s=4, steps=(press("1", at_s=2),), talk_s=0.5),
    ):
        town = make()
        town.mobile("AIS").follows(script)
        town.somebody().dials(LINE)
        town.live()
    for steps in ([hang_up(when="heard:verbind u door", after_s=0.3)], [hang_up(when="talk", after_s=10)]):
        town = make()
        town.answers("AIS")
        town.somebody().dials(LINE, script=steps)
        town.live()


def by_dial(make: MakeTown) -> None:
    """REST is down: colleagues are dialled one after another; somebody answers, nobody does, or the caller hangs up."""
    town = make(faults=REST_AWAY)
    town.mobile("AIS").voicemail_after(2)
    town.answers("BRA")
    town.answers("CEM")
    town.somebody().dials(LINE, talks=20)
    town.live()
    town = make(faults=REST_AWAY)
    town.somebody().dials(LINE)
    town.live()
    town = make(faults=REST_AWAY)
    town.somebody().dials(LINE, patience=20)
    town.live()


def leaves_word(make: MakeTown) -> None:
    """Nobody answers, or the office is closed: messages, keyed numbers, corrections, hang-ups at each moment."""
    keyed = "heard:Toets uw nummer"
    for number, steps, message in (
        ("+31786140001", [hang_up(when="heard:Ik zoek een collega")], 0),
        ("+31786140001", [hang_up(when="heard:Het lukt nu niet")], 0),
        ("+31786140001", [hang_up(when="record", after_s=1)], 0),
        ("+31786140001", [press("1", when="heard:opnieuw in te spreken")], 6),
        ("+31786140001", [press("1", at_s=8)], 0),
        ("+31786140001", [press("1", when="heard:Het lukt nu niet", after_s=3)], 0),
        (None, [press("0612345678#", when=keyed, after_s=8)], 0),
        (None, [], 5),
        (None, [hang_up(when=keyed, after_s=1)], 0),
        (None, [press("1", at_s=8)], 0),
    ):
        town = make()
        town.somebody(number).dials(LINE, script=steps, message=message, then="waits")
        town.live(tail_s=90)
    for number, steps in ((None, [press("1", at_s=3)]), ("+31786140001", [press("1", at_s=3)])):
        town = make(EVENING)
        town.somebody(number).dials(LINE, script=steps)
        town.live()


def not_put_through(make: MakeTown) -> None:
    """Nobody is on duty, the number is withheld, the call is our own leg, or a limit holds a withheld number back."""
    town = make(on_duty=())
    town.somebody().dials(LINE)
    town.live()
    town = make(on_duty=())
    town.somebody(None).dials(LINE)
    town.live()
    town = make()
    town.somebody(LINE).dials(LINE)
    town.live()
    town = make(policy="[limits]\nwithheld_at_once = 1\n")
    for _ in range(2):
        town.somebody(None).dials(LINE, patience=20)
    town.live()


def known_by_its_message(make: MakeTown) -> None:
    """The first request of the call that arrives is the message recorded at the fallback address."""
    town = make()
    params = {
        "CallSid": "CA" + "9" * 32,
        "From": SCHOOL,
        "To": LINE,
        "RecordingSid": "RE" + "9" * 32,
        "RecordingUrl": "https://api.twilio.com/recordings/RE" + "9" * 32,
    }
    assert town.sends("/webhooks/voice/fallback/recorded", params) == 200
    assert [call.stage for call in town.calls()] == ["recording"]


def test_every_way_from_stage_to_stage_is_taken_and_no_other(another_town: MakeTown, ways: Ways) -> None:
    for part in (answered, by_dial, leaves_word, not_put_through, known_by_its_message):
        part(another_town)
    assert TABLE - ways == set()
    assert ways - TABLE == set()


def test_the_diagram_in_the_docs_draws_just_the_ways_there_are() -> None:
    drawn = set()
    for before, after in re.findall(r"^\s+(\S+) --> (\S+)$", DIAGRAM.read_text(), re.MULTILINE):
        if after != "[*]":
            drawn.add((None if before == "[*]" else before, after))
    assert drawn == TABLE
