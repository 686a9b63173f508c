"""The steps of a call that a consultant follows on a telephone."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from callcenter.web.mine.follow import follow, is_under_way, was_not_made

NOW = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)


@dataclass
class Call:
    state: str = "queued"
    started_at: datetime = NOW
    expires_at: datetime = NOW + timedelta(minutes=1)
    dialled_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    talk_s: float | None = None


@pytest.mark.parametrize(
    ("call", "places"),
    [
        (Call(), "now ahead ahead ahead"),
        (Call("ringing_consultant"), "now ahead ahead ahead"),
        (Call("ringing_caller", dialled_at=NOW), "done done now ahead"),
        (Call("talking", dialled_at=NOW, answered_at=NOW), "done done done now"),
        (Call("ended", ended_at=NOW), "failed ahead ahead ahead"),
        (Call("ended", dialled_at=NOW, ended_at=NOW), "done done failed ahead"),
        (Call("ended", dialled_at=NOW, answered_at=NOW, ended_at=NOW, talk_s=130), "done done done done"),
        # The events of these were lost: Twilio told no end, or no answer before the length of the talk.
        (Call("ringing_consultant", expires_at=NOW), "failed ahead ahead ahead"),
        (Call("ended", dialled_at=NOW, ended_at=NOW, talk_s=130), "done done done done"),
    ],
)
def test_each_step_is_behind_here_or_ahead(call: Call, places: str) -> None:
    assert " ".join(place for _, place in follow(call, NOW).steps) == places


def test_a_talk_is_timed_while_it_lasts_and_measured_when_it_is_over() -> None:
    talking = Call("talking", dialled_at=NOW, answered_at=NOW - timedelta(seconds=9))
    assert follow(talking, NOW).talking_since == NOW - timedelta(seconds=9)
    over = Call("ended", dialled_at=NOW, answered_at=NOW, ended_at=NOW, talk_s=130)
    assert (follow(over, NOW).talking_since, follow(over, NOW).talk_s) == (None, 130)


@pytest.mark.parametrize(
    ("call", "asked"),
    [
        (Call("ended", ended_at=NOW), True),
        (Call("ringing_consultant", expires_at=NOW), True),
        (Call("ended", ended_at=NOW, started_at=NOW - timedelta(hours=5)), False),
        (Call("ended", dialled_at=NOW, ended_at=NOW), False),
        (Call(), False),
    ],
)
def test_a_call_in_which_nobody_pressed_1_is_asked_about_for_some_hours(call: Call, asked: bool) -> None:
    assert was_not_made(call, NOW) is asked
    assert not (asked and is_under_way(call, NOW))
