"""The rules of callbacks: due time, owner, joining a second call, and the next attempt."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.callbacks import rules
from callcenter.errors import InvalidInput
from callcenter.rota.duty import timeline
from callcenter.rota.hours import due, is_open
from callcenter.rota.model import DutyInterval, Rota
from tests.support.small_office import a_rota, at

ROTA = a_rota()
SIX_YEARS_S = 6 * 365 * 86_400
MOMENTS = st.integers(0, SIX_YEARS_S).map(lambda s: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=s))


@pytest.mark.parametrize(
    ("reason", "after", "promised"),
    [
        ("missed", at("8 08:00"), at("8 09:00")),
        ("abandoned", at("8 08:00"), at("8 09:00")),
        ("reconciled", at("8 08:00"), at("8 09:00")),
        ("requested", at("8 08:00"), at("8 09:00")),
        ("voicemail", at("8 08:00"), at("8 10:00")),
        ("missed", at("8 14:30"), at("9 07:00")),  # half an hour left today, half an hour tomorrow
        ("closed", at("8 18:00"), at("9 07:30")),
        ("voicemail", at("11 18:00"), at("14 08:30")),  # Friday evening: Monday
    ],
)
def test_a_promise_is_due_after_the_policys_working_minutes(reason: str, after: datetime, promised: datetime) -> None:
    assert rules.due_at(ROTA, reason, after) == promised


@pytest.mark.parametrize(
    ("after", "promised"),
    [
        # Good Friday and Easter Monday closed, and the clock goes forward in between.
        (datetime(2027, 3, 25, 15, 30, tzinfo=UTC), datetime(2027, 3, 30, 7, 0, tzinfo=UTC)),
        # Ascension day; the day after is a working day.
        (datetime(2027, 5, 5, 15, 30, tzinfo=UTC), datetime(2027, 5, 7, 7, 30, tzinfo=UTC)),
        # Friday before the clock goes back: Monday is an hour later in UTC.
        (datetime(2027, 10, 29, 15, 30, tzinfo=UTC), datetime(2027, 11, 1, 8, 30, tzinfo=UTC)),
    ],
)
def test_closed_days_and_clock_changes_do_not_count(after: datetime, promised: datetime) -> None:
    assert rules.due_at(ROTA, "closed", after) == promised


@given(MOMENTS, st.sampled_from(rules.REASONS))
def test_due_times_equal_the_rotas(after: datetime, reason: str) -> None:
    minutes = 120 if reason == "voicemail" else 60
    assert rules.due_at(ROTA, reason, after) == due(ROTA, after, minutes)


def test_a_promise_asked_for_by_key_has_minutes_of_its_own() -> None:
    days = '[open]\nmon-fri = ["08:30-17:00"]\n[closed_days]\ngood_friday = "closed"\nliberation_day = "lustrum"\n'
    rota = a_rota(policy=f"{days}[callbacks]\nrequested_min = 45\n")
    assert rules.due_at(rota, "requested", at("8 08:00")) == at("8 08:45")
    assert rules.due_at(rota, "missed", at("8 08:00")) == at("8 09:00")


def test_a_line_that_never_opens_still_promises_a_time() -> None:
    never = a_rota(policy='[open]\n[closed_days]\ngood_friday = "closed"\nliberation_day = "lustrum"\n')
    assert rules.due_at(never, "missed", at("8 08:00")) == at("8 09:00")


def test_the_callers_own_consultant_gets_it_when_on_duty() -> None:
    given_ = {"AIS": at("8 07:00"), "BRA": at("8 06:00")}
    assert rules.choose_owner("AIS", {"AIS", "BRA"}, {"AIS": 9}, given_) == "AIS"


def test_else_who_was_given_one_longest_ago() -> None:
    given_ = {"AIS": at("8 07:00"), "BRA": at("8 06:00")}
    assert rules.choose_owner("CEM", {"AIS", "BRA"}, {}, given_) == "BRA"


def test_who_never_had_one_comes_first() -> None:
    assert rules.choose_owner(None, {"AIS", "BRA"}, {}, {"AIS": at("8 07:00")}) == "BRA"


def test_nobody_is_given_one_while_holding_clearly_more_than_a_colleague() -> None:
    given_ = {"AIS": at("8 06:00"), "BRA": at("8 07:00")}
    assert rules.choose_owner(None, {"AIS", "BRA"}, {"AIS": 3, "BRA": 1}, given_) == "BRA"


def test_who_holds_none_is_given_one_before_who_holds_two() -> None:
    given_ = {"AIS": at("8 07:00"), "BRA": at("8 06:00")}
    assert rules.choose_owner(None, {"AIS", "BRA"}, {"BRA": 2}, given_) == "AIS"
    assert rules.choose_owner(None, {"AIS", "BRA"}, {"BRA": 1}, given_) == "BRA"


def test_without_anybody_on_duty_it_is_nobodys() -> None:
    assert rules.choose_owner("AIS", set(), {}, {}) is None


CODES = st.sampled_from(["AIS", "BRA", "CEM", "DIA"])


@given(
    st.sets(CODES, min_size=1),
    st.dictionaries(CODES, st.integers(0, 9)),
    st.dictionaries(CODES, MOMENTS),
)
def test_the_owner_is_always_on_duty_and_never_overloaded(
    on_duty: set[str], load: dict[str, int], last_given: dict[str, datetime]
) -> None:
    owner = rules.choose_owner(None, on_duty, load, last_given)
    assert owner in on_duty
    assert load.get(owner or "", 0) < min(load.get(code, 0) for code in on_duty) + rules.LOAD_SLACK


def test_whoever_is_on_duty_now_can_keep_it_and_out_of_hours_whoever_opens_the_line() -> None:
    assert rules.candidates(ROTA, at("8 08:00"), at("8 09:00")) == ("AIS", "BRA")
    assert rules.candidates(ROTA, at("8 12:00"), at("8 13:00")) == ("AIS", "CEM")
    assert rules.candidates(ROTA, at("8 18:00"), at("9 07:30")) == ("AIS", "BRA")


def test_who_comes_on_duty_later_is_no_candidate_while_somebody_is_there() -> None:
    assert rules.candidates(ROTA, at("8 10:30"), at("8 11:30")) == ("AIS", "BRA")


def test_away_counts_today_and_not_tomorrow() -> None:
    assert rules.candidates(ROTA, at("8 08:00"), at("8 09:00"), {"AIS"}) == ("BRA",)
    assert rules.candidates(ROTA, at("8 18:00"), at("9 07:30"), {"AIS"}) == ("AIS", "BRA")


SHIFTS = """consultant;days;from;to;role
AIS;mon-fri;08:30;12:00;line
BRA;mon-fri;12:00;17:00;line
CEM;mon-fri;08:30;17:00;backup
"""


@pytest.mark.parametrize(
    ("code", "now", "due_by", "away", "can"),
    [
        ("AIS", at("8 08:00"), at("8 09:00"), (), True),  # on duty (10:00 in the Netherlands)
        ("CEM", at("8 08:00"), at("8 09:00"), (), True),  # whatever the role
        ("BRA", at("8 08:00"), at("8 09:00"), (), False),
        ("BRA", at("8 09:30"), at("8 10:30"), (), True),  # planned before it is due
        ("AIS", at("8 11:00"), at("8 12:00"), (), False),
        ("AIS", at("8 08:00"), at("8 09:00"), ("AIS",), False),
        ("AIS", at("8 18:00"), at("9 07:30"), ("AIS",), True),  # away counts today
        ("BRA", at("8 18:00"), at("9 07:30"), (), False),
        ("DIA", at("8 08:00"), at("8 09:00"), (), False),
    ],
)
def test_who_was_dialled_can_keep_a_promise_when_there_before_it_is_due(
    code: str, now: datetime, due_by: datetime, away: tuple[str, ...], can: bool
) -> None:
    assert rules.can_make(a_rota(shifts=SHIFTS), code, now, due_by, away) is can


def test_backup_is_only_asked_when_nobody_is_on_the_line() -> None:
    rota = a_rota(shifts="consultant;days;from;to;role\nAIS;mon-fri;08:30;12:00;line\nCEM;mon-fri;08:30;17:00;backup\n")
    assert rules.candidates(rota, at("8 08:00"), at("8 09:00")) == ("AIS",)
    assert rules.candidates(rota, at("8 11:00"), at("8 12:00")) == ("CEM",)


def test_a_gap_in_the_rota_gives_it_to_who_comes_on_duty_before_it_is_due() -> None:
    rota = a_rota(shifts="consultant;days;from;to\nAIS;mon-fri;11:00;17:00\n")
    assert rules.candidates(rota, at("8 08:30"), at("8 09:30")) == ("AIS",)
    assert rules.candidates(rota, at("8 06:30"), at("8 07:30")) == ()


def test_an_owner_who_comes_back_before_it_is_due_keeps_it() -> None:
    rota = a_rota(shifts="consultant;days;from;to\nAIS;mon-fri;08:30;12:00\nAIS;mon-fri;13:00;17:00\n")
    assert not rules.must_move(rota, "AIS", at("8 10:30"), at("8 11:30"))  # lunch
    assert rules.must_move(rota, "AIS", at("8 10:30"), at("8 10:45"))
    assert rules.must_move(ROTA, "BRA", at("8 11:30"), at("8 12:30"))  # off duty for today
    assert not rules.must_move(ROTA, "BRA", at("8 11:30"), at("9 07:00"))  # due tomorrow, when Bram is on duty


def test_an_owner_on_leave_or_away_gives_it_up() -> None:
    leave = a_rota(exceptions="id;kind;consultant;from;to\n1;leave;AIS;08-06-2027;08-06-2027\n")
    assert rules.must_move(leave, "AIS", at("8 08:00"), at("8 09:00"))
    assert rules.must_move(ROTA, "AIS", at("8 08:00"), at("8 09:00"), {"AIS"})
    assert not rules.must_move(ROTA, "AIS", at("8 08:00"), at("8 09:00"))


@pytest.mark.parametrize(
    ("was", "new", "becomes"),
    [
        ("missed", "voicemail", "voicemail"),
        ("abandoned", "requested", "requested"),
        ("closed", "voicemail", "voicemail"),
        ("voicemail", "missed", "voicemail"),
        ("voicemail", "requested", "voicemail"),
        ("abandoned", "missed", "abandoned"),
        ("manual", "abandoned", "manual"),
    ],
)
def test_a_second_call_keeps_the_strongest_reason(was: str, new: str, becomes: str) -> None:
    assert rules.join(was, 0, at("8 09:00"), new, at("8 10:00")).reason == becomes


@given(st.integers(0, 50), st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_second_call_raises_it_and_keeps_the_earliest_time(priority: int, first: int, second: int) -> None:
    start = at("8 08:00")
    dues = start + timedelta(minutes=first), start + timedelta(minutes=second)
    joined = rules.join("missed", priority, dues[0], "missed", dues[1])
    assert joined.priority == priority + 1
    assert joined.due_at == min(dues)


def test_attempts_are_spread_and_each_next_one_has_its_own_due_time() -> None:
    first = rules.after_attempt(ROTA, "no_answer", 0, at("8 07:00"))
    assert (first.verb, first.attempts) == (None, 1)
    assert (first.next_attempt_at, first.due_at) == (at("8 08:00"), at("8 09:00"))
    second = rules.after_attempt(ROTA, "voicemail", 1, at("8 13:00"))
    assert (second.next_attempt_at, second.due_at) == (at("9 07:30"), at("9 08:30"))


def test_a_next_attempt_at_closing_time_waits_for_the_next_opening() -> None:
    again = rules.after_attempt(ROTA, "no_answer", 0, at("8 14:00"))
    assert again.next_attempt_at == at("9 06:30")


@given(MOMENTS, st.integers(0, 1))
def test_a_next_attempt_is_always_in_opening_hours(moment: datetime, before: int) -> None:
    what = rules.after_attempt(ROTA, "no_answer", before, moment)
    assert what.next_attempt_at is not None
    assert what.due_at is not None
    assert is_open(ROTA, what.next_attempt_at)
    assert what.due_at > what.next_attempt_at


def test_after_the_policys_number_of_attempts_it_is_given_up() -> None:
    last = rules.after_attempt(ROTA, "no_answer", 2, at("8 08:00"))
    assert last == rules.AfterAttempt("give_up", 3)


@pytest.mark.parametrize(
    ("result", "verb", "attempts"),
    [("reached", "reach", 1), ("wrong_number", "cancel", 1), ("not_made", None, 0)],
)
def test_what_a_result_means(result: str, verb: str | None, attempts: int) -> None:
    what = rules.after_attempt(ROTA, result, 0, at("8 08:00"))
    assert (what.verb, what.attempts) == (verb, attempts)


@pytest.mark.parametrize(
    ("status", "talk_s", "rang_s", "suggested"),
    [
        ("completed", 61, 70, "reached"),
        ("answered", 10, 16, "reached"),
        ("answered", 9.9, 16, "unclear"),
        ("completed", 0.5, 9, "unclear"),
        ("completed", 0, 9, "no_answer"),
        ("completed", None, 9, "no_answer"),
        ("busy", None, 2, "no_answer"),
        ("no-answer", None, 30, "no_answer"),
        ("failed", None, 1, "no_answer"),
        ("canceled", None, 25, "no_answer"),
        ("canceled", None, 10, "no_answer"),
        ("canceled", None, 9.9, "not_made"),
    ],
)
def test_what_a_call_says_of_itself(status: str, talk_s: float | None, rang_s: float, suggested: str) -> None:
    assert rules.suggest(status, talk_s, rang_s) == suggested


@pytest.mark.parametrize(
    ("talk_s", "suggested"), [(9, "unclear"), (44.9, "unclear"), (45, "reached"), (300, "reached"), (0, "no_answer")]
)
def test_a_talk_that_the_consultant_ended_counts_only_when_it_is_longer_than_a_message(
    talk_s: float, suggested: str
) -> None:
    assert rules.suggest("completed", talk_s, 60, ended_by_caller=False) == suggested


def test_a_talk_that_may_have_been_with_a_mailbox_never_counts_by_itself() -> None:
    assert rules.unconfirmed_result("unclear", 44) is None


@pytest.mark.parametrize(
    ("began", "now", "may"),
    [
        (at("8 06:00"), at("8 21:59"), True),  # until midnight in Amsterdam, 22:00 UTC
        (at("8 06:00"), at("8 22:00"), False),
        (at("8 19:00"), at("8 23:00"), True),  # four hours at least
        (at("8 19:00"), at("8 23:01"), False),
        (at("8 14:50"), at("8 20:00"), True),
        (at("7 21:59"), at("8 01:59"), True),
    ],
)
def test_a_result_may_be_corrected_until_the_end_of_the_day_and_four_hours_at_least(
    began: datetime, now: datetime, may: bool
) -> None:
    assert (began >= rules.confirmable_since(ROTA.zone, now)) is may


@pytest.mark.parametrize(
    "due",
    [
        at("8 15:00"),  # the closing time in Amsterdam
        at("8 08:01"),
        at("9 06:31"),
    ],
)
def test_a_due_time_by_hand_may_lie_in_opening_hours(due: datetime) -> None:
    rules.check_due(ROTA, due, at("8 08:00"))


@pytest.mark.parametrize(
    ("due", "sentence"),
    [
        (at("8 08:00"), "to come"),
        (at("8 15:01"), "opening hours"),
        (at("9 06:30"), "opening hours"),  # the opening time: nobody can call before it
        (at("13 01:00"), "opening hours"),  # Sunday, 3:00
        (at("8 08:00") + timedelta(days=60, minutes=1), "60 days"),
        (datetime(2199, 6, 4, 10, tzinfo=UTC), "60 days"),
    ],
)
def test_any_other_due_time_by_hand_is_refused_and_says_which_to_choose(due: datetime, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence) as refused:
        rules.check_due(ROTA, due, at("8 08:00"))
    assert refused.value.field == "due_at"


def test_on_a_line_that_never_opens_any_time_ahead_is_a_due_time() -> None:
    closed = a_rota(policy='[open]\n[closed_days]\ngood_friday = "closed"\nliberation_day = "lustrum"\n')
    rules.check_due(closed, at("8 20:00"), at("8 08:00"))


def test_an_appointment_lies_within_60_days() -> None:
    with pytest.raises(InvalidInput, match="60 days"):
        rules.check_appointment(ROTA, None, at("8 08:00") + timedelta(days=62), at("8 08:00"))


def test_an_owner_decades_ahead_is_looked_for_in_the_coming_days_only(monkeypatch: pytest.MonkeyPatch) -> None:
    walked: list[timedelta] = []

    def noted(rota: Rota, start: datetime, end: datetime) -> tuple[DutyInterval, ...]:
        walked.append(end - start)
        return timeline(rota, start, end)

    monkeypatch.setattr(rules, "timeline", noted)
    far, evening = datetime(2199, 6, 4, 10, tzinfo=UTC), at("8 13:00")
    assert not rules.must_move(ROTA, "BRA", evening, far)  # off duty now, and planned tomorrow
    assert rules.candidates(ROTA, evening, far, away=("AIS", "CEM")) == ("BRA",)
    assert walked == [rules.MAX_AHEAD] * 2


@pytest.mark.parametrize(
    ("consultant", "now", "away", "why"),
    [
        ("AIS", at("8 08:00"), (), None),
        ("AIS", at("8 08:00"), ("AIS",), "away"),
        ("BRA", at("8 13:00"), (), "off_duty"),
        ("AIS", at("8 21:30"), ("AIS",), "off_duty"),
    ],
)
def test_a_colleague_is_not_disturbed_off_duty_or_while_away(
    consultant: str, now: datetime, away: tuple[str, ...], why: str | None
) -> None:
    assert rules.why_not_disturbed(ROTA, consultant, now, away) == why


def test_unconfirmed_only_a_real_talk_counts_as_reached() -> None:
    assert rules.unconfirmed_result("reached", rules.REACHED_AFTER_S) == "reached"
    assert rules.unconfirmed_result("reached", rules.REACHED_AFTER_S - 1) is None
    assert rules.unconfirmed_result("no_answer", None) == "no_answer"
    assert rules.unconfirmed_result("not_made", None) == "not_made"


@pytest.mark.parametrize(
    ("owner", "moment", "refused"),
    [
        ("AIS", at("9 08:15"), False),
        ("BRA", at("9 12:00"), True),  # Bram's shift is over then
        (None, at("9 12:00"), False),
        ("AIS", at("9 18:00"), True),
        ("AIS", at("8 07:00"), True),  # past
        ("AIS", at("8 08:00"), True),  # now
    ],
)
def test_an_appointment_lies_ahead_in_opening_hours_and_in_the_owners_shift(
    owner: str | None, moment: datetime, refused: bool
) -> None:
    if refused:
        with pytest.raises(InvalidInput, match="choose a time"):
            rules.check_appointment(ROTA, owner, moment, at("8 08:00"))
    else:
        rules.check_appointment(ROTA, owner, moment, at("8 08:00"))


@pytest.mark.parametrize(
    ("owner", "moment", "sentence"),
    [
        ("AIS", at("8 08:00"), "choose a time that is still to come"),
        ("AIS", at("9 18:00"), "choose a time within opening hours"),
        ("BRA", at("9 12:00"), "choose a time at which its owner is on duty"),
    ],
)
def test_a_refused_appointment_names_the_field_and_the_reason(owner: str, moment: datetime, sentence: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        rules.check_appointment(ROTA, owner, moment, at("8 08:00"))
    assert (refused.value.field, str(refused.value)) == ("due_at", sentence)


@pytest.mark.parametrize(
    ("asked", "came_in", "held", "settled"),
    [
        (at("8 08:00"), at("8 08:01"), rules.Outstanding(), True),
        (at("8 08:00"), at("8 08:00"), rules.Outstanding(), False),  # two callers at once are two people
        (at("8 08:01"), at("8 08:00"), rules.Outstanding(), False),
        (at("8 08:00"), at("8 08:01"), rules.Outstanding(unheard=(7,)), False),
        (at("8 08:00"), at("8 08:01"), rules.Outstanding(requested=True), False),
        (at("8 08:00"), at("8 08:01"), rules.Outstanding(unheard=(7,), requested=True), False),
    ],
)
def test_a_talk_settles_what_was_promised_before_it_to_a_caller_who_told_us_nothing(
    asked: datetime, came_in: datetime, held: rules.Outstanding, settled: bool
) -> None:
    assert rules.is_resolved_by_call(asked, held, came_in) is settled
