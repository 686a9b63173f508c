"""Twilio refuses to deliver a recorded message: the download is retried for three days before it counts as lost."""

from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from callcenter.calls.records import Voicemail, VoicemailAudio
from callcenter.standin.faults import FaultRule
from callcenter.telephony.records import OutboxMessage
from tests.support.invariants import breaches
from tests.support.town import LINE, MakeTown, Town

DAY_S = 24 * 3600


def refuses(status: int, times: int | None = None) -> FaultRule:
    return FaultRule("rest_error", kind="fetch-media", status=status, times=times)


def a_message(town: Town) -> None:
    """A caller rings, nobody answers, and the caller leaves a message."""
    town.somebody().dials(LINE, message=8)
    town.live(tail_s=1)


def live_for(town: Town, seconds: float, step_s: float = 60) -> None:
    """As `live`, for a fixed time even when nothing happens; the periodic jobs run seldom."""
    town.lived.turns(sweep=3600, callbacks=3600, reconcile=DAY_S, gaps=DAY_S, rollup=DAY_S, retention=6 * 3600)
    until = town.clock.now() + timedelta(seconds=seconds)
    while town.clock.now() < until:
        town.standin.run_for(min(step_s, (until - town.clock.now()).total_seconds()))
        town.lived.dispatch()


def state(town: Town) -> str:
    with town.session() as session:
        return session.scalars(select(Voicemail.state)).one()


def orders(town: Town, kind: str) -> list[OutboxMessage]:
    with town.session() as session:
        return list(session.scalars(select(OutboxMessage).where(OutboxMessage.kind == kind).order_by(OutboxMessage.id)))


def test_a_recording_that_is_refused_in_every_way_comes_in_the_end(a_town: MakeTown) -> None:
    never = FaultRule("rest_timeout", kind="fetch-media", times=1)
    statuses = (401, 403, 404, 429, 400, 500, 503)
    town = a_town(faults=(*(refuses(status, times=1) for status in statuses), never))
    a_message(town)
    live_for(town, 4 * 3600)

    assert state(town) == "stored"
    with town.session() as session:
        assert session.scalars(select(VoicemailAudio.audio)).one().startswith(b"RIFF")
    (fetch,) = orders(town, "fetch_recording")
    assert (fetch.state, fetch.attempts) == ("done", len(statuses) + 2)
    assert town.standin.exchange.recordings.by_sid == {}  # only our own copy is left
    assert breaches(town) == []


def test_401_then_403_then_500_costs_less_than_a_minute(a_small_town: MakeTown) -> None:
    town = a_small_town(faults=tuple(refuses(status, times=1) for status in (401, 403, 500)))
    a_message(town)
    live_for(town, 60)
    assert state(town) == "stored"


def test_a_message_that_never_comes_is_lost_after_three_days_and_the_lead_is_told(a_small_town: MakeTown) -> None:
    town = a_small_town(faults=(refuses(401),))
    town.lived.office.settings.notify_urls = (SecretStr("json://localhost"),)
    town.lived.come_back()  # the process reads its settings when it starts
    a_message(town)
    assert state(town) == "announced"
    live_for(town, 3 * DAY_S - 600, step_s=1800)
    assert state(town) == "announced"
    live_for(town, 1200)

    assert state(town) == "lost"
    (fetch,) = orders(town, "fetch_recording")
    assert (fetch.state, fetch.error) == ("failed", "http 401")
    assert fetch.attempts < 40
    assert town.totals("callcenter_recordings_lost_total") == 1
    (word,) = [order for order in orders(town, "notify_lead") if "verloren" in order.payload["body"]]
    assert word.payload["body"].startswith("Een ingesproken bericht is verloren gegaan (")
    assert word.payload["body"].endswith(f"/oproepen/{town.call().id}")
    metrics = town.page("/metrics")
    assert 'callcenter_outbox_messages{kind="fetch_recording",state="failed"} 1.0' in metrics
    assert "callcenter_recordings_lost_total 1.0" in metrics
    assert town.standin.exchange.recordings.by_sid == {}  # deleted at Twilio all the same
    assert [callback.state for callback in town.callbacks()] == ["open"]


def test_a_restart_with_other_credentials_asks_at_once(a_town: MakeTown) -> None:
    town = a_town()
    a_message(town)
    account, settings = town.standin.rest.account, town.lived.office.settings
    account.auth_token = "promoted"
    live_for(town, 2 * 3600)
    assert state(town) == "announced"

    town.lived.come_back()  # with the old token, retries keep their pauses
    town.lived.dispatch()
    (waiting,) = orders(town, "fetch_recording")
    assert waiting.not_before > town.clock.now()

    settings.twilio_auth_token = SecretStr("promoted")
    town.lived.come_back()
    town.lived.dispatch()
    assert state(town) == "stored"
    assert town.standin.exchange.recordings.by_sid == {}


def test_neither_credentials_nor_anything_to_guess_them_by_is_stored(a_small_town: MakeTown) -> None:
    town = a_small_town()
    a_message(town)
    with town.session() as session:
        text = str(session.connection().exec_driver_sql("SELECT * FROM system_fact").all())
    assert "twilio_credentials" in text
    assert town.lived.office.settings.twilio_auth_token.get_secret_value() not in text


def test_a_recording_waits_for_a_process_that_was_away_for_a_week(a_small_town: MakeTown) -> None:
    town = a_small_town(faults=(refuses(500, times=1),))
    a_message(town)
    town.lived.be_away()
    town.clock.advance(7 * DAY_S)
    town.lived.come_back()
    live_for(town, 60)
    assert state(town) == "stored"


def test_a_deletion_that_is_refused_for_our_credentials_is_asked_again(a_small_town: MakeTown) -> None:
    refusal = FaultRule("rest_error", kind="delete-recording", status=401, times=3)
    town = a_small_town(faults=(refusal,))
    a_message(town)
    live_for(town, 3600)
    assert town.standin.exchange.recordings.by_sid == {}
    with town.session() as session:
        assert session.scalars(select(Voicemail.deleted_at_twilio_at)).one() is not None


@pytest.mark.parametrize("duration", ["3.5", "abc", "", "-7", "1e308", "9" * 5000, "999999999999"])
@pytest.mark.parametrize("address", ["recorded", "recording"])
def test_a_message_is_kept_whatever_its_length_is_said_to_be(a_town: MakeTown, duration: str, address: str) -> None:
    town = a_town()
    town.somebody().dials(LINE, patience=6)
    town.live(tail_s=1)
    call = town.call()
    params = _recording(call.call_sid, duration)
    assert town.sends(f"/webhooks/call/{call.id}/{address}", params) in (200, 204)
    _is_kept(town, duration)


@pytest.mark.parametrize("duration", ["3.5", "abc", "-7"])
@pytest.mark.parametrize("address", ["recorded", "recording"])
def test_so_is_one_at_the_fallback_address(a_small_town: MakeTown, duration: str, address: str) -> None:
    town = a_small_town()
    town.somebody().dials(LINE, patience=6)
    town.live(tail_s=1)
    params = _recording(town.call().call_sid, duration)
    assert town.sends(f"/webhooks/voice/fallback/{address}", params) in (200, 204)
    _is_kept(town, duration)


def _recording(call_sid: str, duration: str) -> dict[str, str]:
    sid = "RE" + "7" * 32
    return {
        "CallSid": call_sid,
        "RecordingSid": sid,
        "RecordingUrl": f"https://api.twilio.com/2010-04-01/Accounts/AC/Recordings/{sid}",
        "RecordingStatus": "completed",
        "RecordingDuration": duration,
    }


def _is_kept(town: Town, duration: str) -> None:
    with town.session() as session:
        assert session.scalars(select(Voicemail.duration_s)).one() == (3 if duration == "3.5" else 0)
    assert len(town.callbacks()) == 1


def test_a_message_left_while_we_were_away_is_found_though_twilio_does_not_tell_of_it_at_once(
    a_small_town: MakeTown,
) -> None:
    refusal = FaultRule("rest_error", kind="list-recordings", status=403, times=2)
    town = a_small_town(faults=(refusal,))
    with_no_word = FaultRule("drop", path="/webhooks/voice*")
    town.standin.faults.add(with_no_word)
    call = town.standin.exchange  # the caller hears Twilio's error message; the fallback document recorded a message
    town.somebody().dials(LINE, patience=6)
    town.live(tail_s=1)
    (inbound,) = [one for one in town.standin.calls if one.direction == "inbound"]
    call.recordings.add(inbound, 8, town.clock.now(), "", "POST")
    town.lived.turns(reconcile=60)
    live_for_reconcile(town)

    assert state(town) == "stored"
    assert len(town.callbacks()) == 1


def live_for_reconcile(town: Town) -> None:
    for _ in range(30):
        town.standin.run_for(60)
        town.lived.dispatch()
