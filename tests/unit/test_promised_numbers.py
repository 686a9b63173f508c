"""Each number in the code equals the documented one. To change such a number, change its sentence first.

Behaviour exactly at such a number: tests/ops/test_promised_edges.py.
"""

from dataclasses import astuple
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from callcenter import stated_secrets
from callcenter.access import (
    hash_slots,
    known_browsers,
    lockout,
    password_rules,
    session_rules,
    token_rules,
    undo_rules,
)
from callcenter.callbacks import attempt_events, attempt_results, one_press, reminders, rules, telling
from callcenter.calls import leg, stages
from callcenter.notify import channels
from callcenter.presence import by_text, claims, eligibility
from callcenter.privacy.retention import periods
from callcenter.reachability import collector, figures
from callcenter.reports import mailing, recipients
from callcenter.rota import model
from callcenter.rota.reading import warnings
from callcenter.routing import (
    answer,
    arrival,
    effects,
    hunt,
    limits,
    outcome,
    redirects,
    survey,
    survey_links,
    survey_rounds,
    survey_texts,
    survey_whom,
    voicemail,
    waiting_callers,
)
from callcenter.telephony import media
from callcenter.telephony.prompts import moments
from callcenter.web import csv_text
from callcenter.web.callbacks.queries import RISK
from schedules import gaps, jobs
from webhooks import documents, hold, sms
from webhooks import voicemail as voicemail_webhooks

DOCS = Path(__file__).parents[2] / "docs"
EVERY_S = {job.name: job.every_s for job in jobs.JOBS}


class Promised(NamedTuple):
    """One promise. sentence: in the words of `document` (a page of docs/), if named; actual: the number in the code."""

    sentence: str
    promised: object
    actual: object
    document: str = ""


def seconds(*numbers: float) -> timedelta | tuple[timedelta, ...]:
    """One duration, or several."""
    durations = tuple(timedelta(seconds=number) for number in numbers)
    return durations[0] if len(durations) == 1 else durations


def minutes(number: float) -> timedelta:
    """A duration in minutes."""
    return timedelta(minutes=number)


# The defaults of a policy that has only `[open]`, `good_friday` and `liberation_day`.
POLICY = [
    Promised("at least one colleague is planned while the line is open", 1, model.Policy().min_on_duty),
    Promised("a break ends after 30 minutes", 30, model.Presence().pause_min),
    Promised("busy ends after 60 minutes", 60, model.Presence().busy_min),
    Promised("two offers in a row that are not accepted pause somebody", 2, model.Presence().no_answer_after),
    Promised("… for 15 minutes", 15, model.Presence().no_answer_pause_min),
    Promised("… unless fewer than two eligible people would remain", 2, model.Presence().min_available),
    Promised("nobody waits for longer than 90 s", 90, model.Hunt().cap_s),
    Promised("after a talk one has 60 s to write it up", 60, model.Hunt().wrap_up_s),
    Promised(
        "a hunt rings one own consultant for 15 s, two of the region for 20 s, three of all for 20 s, two of the "
        "backup for 20 s",
        (("preferred", 15, 1), ("region", 20, 2), ("anyone", 20, 3), ("backup", 20, 2)),
        tuple((tier.who, tier.ring_s, tier.at_once) for tier in model.Hunt().tiers),
    ),
    Promised(
        "missed, hung up or found afterwards 60, message 120, asked for 60",
        (60, 120, 60),
        (model.Callbacks().missed_min, model.Callbacks().voicemail_min, model.Callbacks().requested_min),
        "callbacks.md",
    ),
    Promised("claimed --> unreachable: after 3 attempts", 3, model.Callbacks().attempts, "callbacks.md"),
    Promised(
        "outside `countries` of the policy (NL, BE, DE)",
        ("NL", "BE", "DE"),
        model.Callbacks().countries,
        "callbacks.md",
    ),
    Promised("who hangs up within 5 s of waiting counts in no figure", 5, model.Figures().abandon_grace_s),
    Promised("a call that is answered within 30 s is answered in time", 30, model.Figures().service_level_s),
    Promised("the target is 88%", 0.88, model.Figures().target),
    Promised("the baseline is 69%", 0.69, model.Figures().baseline),
]

CALL = [
    Promised("a claim whose leg is never heard of again ends 15 s after the ring time", 15, claims.GRACE_S),
    Promised("nobody is rung for less than five seconds", 5, hunt.MIN_RING_S),
    Promised("eight seconds after picking up, a mobile keeps no colleague from being rung", seconds(8), leg.PATIENCE),
    Promised("a busy signal later than three seconds is a person who declined", 3, leg.DECLINE_S),
    Promised("a ring counts as not answered from ten seconds", 10, eligibility.HEARD_AFTER_S),
    Promised("busy and break last four hours at most", 4 * 60, eligibility.LONGEST_MIN),
    Promised("no talk lasts longer than four hours", timedelta(hours=4), claims.TALK_LIMIT),
    Promised(
        "a mobile that has just sent its caller on to the line rests for 60 s",
        seconds(60),
        waiting_callers.NOT_RUNG_AFTER_FORWARDING,
    ),
    Promised("helped means three seconds of talk", 3, stages.SPOKE_S, "call.md"),
    Promised(
        "until it failed or three seconds passed, before it connects (six before a message is offered)",
        seconds(3, 6),
        (redirects.WAIT_TO_JOIN, redirects.WAIT_TO_RECORD),
        "call.md",
    ),
    Promised("no request to fetch a caller takes effect after 15 s", seconds(15), redirects.TAKES_EFFECT_WITHIN),
    Promised("without one in four seconds, Twilio's list of calls does", 4, effects.INITIATED_WITHIN_S, "call.md"),
    Promised("five seconds after the caller joined we check that the consultant is there", 5, answer.STILL_THERE_S),
    Promised("a caller whose <Dial> action does not come in three seconds is fetched", 3, answer.ACTION_WITHIN_S),
    Promised("the end of a call waits 35 s for word of a recording", 35, outcome.RECORDING_REPORT_S),
    Promised("a consultant who is left alone in the conference is let go after two seconds", 2, outcome.ALONE_S),
    Promised("from one number eight calls at once are put through", 8, arrival.AT_ONCE_FROM_ONE_NUMBER),
    Promised("a tone; up to three minutes", 180, documents.LONGEST_MESSAGE_S, "call.md"),
    Promised("a turn of waiting rings for four seconds", 4, documents.RING_S),
    Promised("every third turn of waiting says the choices", 3, documents.OFFER_EVERY),
    Promised("one question, for one in three", 3, round(1 / model.Survey().rate), "call.md"),
    Promised("in all ways together at most once in 90 days", timedelta(days=90), survey.ONCE_IN, "survey.md"),
    Promised("a quarter of an hour after that", minutes(15), survey_whom.QUIET_FOR, "survey.md"),
    Promised("for four days at most", timedelta(days=4), survey_whom.ASK_WITHIN, "survey.md"),
    Promised("at most 100 texts in a day", 100, survey_rounds.MOST_IN_A_DAY, "survey.md"),
    Promised("within two hours or not at all", 7200.0, survey_texts.SEND_WITHIN_S, "survey.md"),
    Promised("The link holds for 14 days", timedelta(days=14), survey_links.HOLDS_FOR, "survey.md"),
    Promised("under 10 answers", 10, figures.MIN_CALLS, "survey.md"),
    Promised("2 asks for it anew, three tries in all", 3, hold.NUMBER_TRIES, "call.md"),
    Promised("it is read back a second time and then stands", 2, hold.TIMES_READ_BACK, "call.md"),
    Promised("may record a message three times", 3, voicemail_webhooks.RECORDINGS_AT_MOST, "call.md"),
    Promised("choose for ten minutes", minutes(10), hold.LONGEST_CHOICE, "call.md"),
    Promised("within the last hour (`routing/limits.py`", timedelta(hours=1), limits.PERIOD, "call.md"),
    Promised("takes somebody off the line for two hours at most", timedelta(hours=2), by_text.LONGEST, "rota.md"),
    Promised("at most thirty answers an hour", 30, sms.REPLIES_TO_CONSULTANT, "rota.md"),
    Promised("at most thirty an hour together", 30, sms.REPLIES_TO_STRANGERS, "rota.md"),
    Promised("a WAV file of at most 8 MB, within 30 seconds", 30.0, media.FETCH_WITHIN_S, "operations.md"),
    Promised("Secrets have at least 16 characters", 16, stated_secrets.SECRET_MIN, "operations.md"),
    Promised("rounded up to five minutes", 5, moments._ROUND_MIN, "call.md"),
    Promised("The clock asks every second", 1, EVERY_S["calls"], "call.md"),
]

CALLBACKS = [
    Promised("passing over people who hold two more than the colleague", 2, rules.LOAD_SLACK, "callbacks.md"),
    Promised(
        "the next attempt waits one working hour, after that three", (60, 180), rules.ATTEMPT_PAUSES_MIN, "callbacks.md"
    ),
    Promised(
        "An appointment is kept by a call from ten minutes before it until ten minutes after it",
        minutes(10),
        rules.APPOINTMENT_SLACK,
        "callbacks.md",
    ),
    Promised("The consultant's mobile rings for 18 seconds", 18, attempt_events.RING_CONSULTANT_S, "callbacks.md"),
    Promised("The caller is rung for 30 seconds", 30, attempt_events.RING_CALLER_S, "callbacks.md"),
    Promised("The talk may last an hour.", 3600, attempt_events.TALK_LIMIT_S, "callbacks.md"),
    Promised("a lost last event frees the consultant 25 s after the ring time", 25, attempt_events.GRACE_S),
    Promised(
        "until the end of the day and for four hours at least",
        minutes(240),
        rules.CONFIRM_FOR,
        "callbacks.md",
    ),
    Promised("A talk of 45 seconds or more counts as reached", 45, rules.SURELY_REACHED_AFTER_S, "callbacks.md"),
    Promised("a talk of 10 seconds or more that the caller's side ended", 10, rules.REACHED_AFTER_S, "callbacks.md"),
    Promised("After ten minutes without an answer", minutes(10), attempt_results.ASK_FOR, "callbacks.md"),
    Promised("within opening hours and within 60 days", timedelta(days=60), rules.MAX_AHEAD, "callbacks.md"),
    Promised(
        "A ring that the consultant broke off within ten seconds is no attempt.",
        10,
        rules.RANG_ENOUGH_S,
        "callbacks.md",
    ),
    Promised("rung six times on this day already", 6, one_press.DAILY_PER_NUMBER, "callbacks.md"),
    Promised("several within five minutes are one message", minutes(5), telling.BUNDLE, "callbacks.md"),
    Promised("15 minutes before the due time", minutes(15), telling.REMIND_BEFORE, "callbacks.md"),
    Promised("15 minutes after the due time, at once when nobody", minutes(15), telling.LEAD_AFTER, "callbacks.md"),
    Promised(
        "what is given out in the first ten minutes of a day is in its digest", minutes(10), reminders.DAY_BEGINS_WITHIN
    ),
    Promised("(`schedules/callbacks.py`, every 15 seconds)", 15, EVERY_S["callbacks"], "callbacks.md"),
    Promised("a text message waits for four hours", 4 * 3600, channels.SEND_WITHIN_S, "operations.md"),
    Promised("a callback is at risk in the hour before its due time", minutes(60), RISK),
]

DAY_S = 24 * 3600
OFFICE = [
    Promised("a recording for three days", 3 * DAY_S, voicemail.FETCH_FOR_S, "operations.md"),
    Promised("a recording is asked to be deleted for 30 days, and anew every day", 30 * DAY_S, voicemail.DELETE_FOR_S),
    Promised("opening time of the next 7 days", timedelta(days=7), collector._GAP_AHEAD, "metrics.md"),
    Promised("the team lead is told of gaps in the next seven days", timedelta(days=7), gaps.AHEAD),
    Promised("Whoever was down on that day sends it within a week.", timedelta(days=7), mailing.LATE, "operations.md"),
    Promised("tried again for three days", 3 * DAY_S, mailing.EXPIRES_IN_S, "operations.md"),
    Promised("gets the report by mail (at most 20 addresses)", 20, recipients.MOST, "pages.md"),
    Promised("With scripts the button leaves after 10 seconds", seconds(10), undo_rules.SHOWN_FOR, "pages.md"),
    Promised("takes an undo for 30 seconds after the deed", seconds(30), undo_rules.TAKEN_FOR, "pages.md"),
    Promised("A list has at most 50,000 rows", 50_000, csv_text.MOST_ROWS, "pages.md"),
    Promised("gaps and thin spots in the next four weeks", timedelta(weeks=4), warnings.GAPS_AHEAD, "rota.md"),
    Promised("after two weeks the check asks for a review", timedelta(weeks=2), warnings.SICK_REVIEW, "rota.md"),
    Promised(
        "a login or not | 5 | 10 minutes |",
        (5, seconds(600)),
        astuple(lockout.ACCOUNT),
        "pages.md",
    ),
    Promised(
        "one /64) | 20 | 3 minutes |",
        (20, seconds(180)),
        astuple(lockout.SOURCE),
        "pages.md",
    ),
    Promised(
        "instead of both | 10 | 5 minutes |",
        (10, seconds(300)),
        astuple(lockout.BROWSER),
        "pages.md",
    ),
    Promised("ends after 12 hours", timedelta(hours=12), session_rules.LASTS, "pages.md"),
    Promised("after 30 days of disuse", timedelta(days=30), session_rules.STAYS, "pages.md"),
    Promised("logged in within a year", timedelta(days=365), known_browsers.KNOWN_FOR, "pages.md"),
    Promised("12 to 200 characters", (12, 200), (password_rules.MIN_LENGTH, password_rules.MAX_LENGTH), "pages.md"),
    Promised("At most two passwords are checked at once", 2, hash_slots.AT_ONCE, "pages.md"),
    Promised("A token is valid for a year", 365, token_rules.DAYS, "api.md"),
    Promised("The scheduler ends what is older four times a day", DAY_S / 4, EVERY_S["retention"], "privacy.md"),
]

RETENTION_DAYS = {
    "recordings at Twilio": 1,
    "messages": 28,
    "sound of withdrawn messages": 1,
    "callers' numbers and names": 90,
    "callbacks' numbers, names and notes": 90,
    "reasons of decisions": 90,
    "receipts": 7,
    "sent orders": 30,
    "contacts who left the list": 90,
    "illness and remarks in rota versions": 30,
    "remarks on rota versions": 90,
    "replaced rota versions": 1095,
    "ended blocks": 30,
    "whom the survey was asked": 90,
    "counts of log-ins": 1,
    "undone deeds": 1,
    "sessions": 30,
    "known browsers": 365,
    "legs": 400,
    "audit log": 730,
    "calls without their caller": 1095,
    "traces of erased messages": 1095,
    "callbacks without their caller": 1095,
}
RETENTION = [
    Promised(f"| {kind} | {days} |", days, periods().get(kind), "privacy.md") for kind, days in RETENTION_DAYS.items()
]

PROMISES = [*POLICY, *CALL, *CALLBACKS, *OFFICE, *RETENTION]
each = pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.sentence)


@each
def test_each_number_is_what_we_promise(promise: Promised) -> None:
    assert promise.actual == promise.promised


@pytest.mark.parametrize("promise", [one for one in PROMISES if one.document], ids=lambda promise: promise.sentence)
def test_each_sentence_stands_in_the_document_that_is_named(promise: Promised) -> None:
    text = " ".join((DOCS / promise.document).read_text().split())
    assert promise.sentence in text


def test_every_kind_of_data_has_a_promised_period() -> None:
    assert periods().keys() == RETENTION_DAYS.keys()
