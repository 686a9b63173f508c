"""Callers who ring without end, hide their number or key in those of others are held back; a busy school is not."""

from collections.abc import Iterable
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from callcenter.access.tokens import create_token
from callcenter.callbacks.records import Callback
from callcenter.standin.people.callers import Caller
from callcenter.standin.people.scripts import Step, press
from callcenter.standin.stand_in import Dialling
from tests.support.invariants import breaches
from tests.support.promises import orders
from tests.support.town import ANYONE, LINE, SCHOOL, MakeTown, Town

STRANGER = "+31201234567"
ASKED = "heard:(?i)toets uw nummer"
ENGLISH = press("9", when="heard:For English", after_s=1)
READ_BACK = "heard:U toetste"
EVENING = datetime(2027, 6, 8, 18, 0, tzinfo=UTC)


def policy(**values: int) -> str:
    return "\n[limits]\n" + "".join(f"{key} = {value}\n" for key, value in values.items()) + ANYONE


def rings(town: Town, number: str | None, times: int, every_s: float, **script: float) -> list[Caller]:
    """Calls of one number, one after another."""
    callers = []
    for _ in range(times):
        callers.append(town.somebody(number).dials(LINE, **script))  # type: ignore[arg-type]
        town.standin.run_for(every_s)
    return callers


def hunted(town: Town) -> int:
    """How many calls were put through."""
    return sum(call.deadline_at is not None for call in town.calls())


def held_back(town: Town) -> list[str]:
    return [title.removeprefix("limit: ") for title, _ in town.decisions() if title.startswith("limit: ")]


def keys_in(who: Dialling, number: str, asked: str = ASKED) -> Caller:
    """A caller who asks to be called back on this number."""
    steps: Iterable[Step] = (
        press("1", at_s=9),
        press(f"{number}#", when=asked, after_s=4),
        press("1", when=READ_BACK, after_s=5),
    )
    return who.dials(LINE, script=steps, message=5)


def test_sixty_calls_of_one_number_ring_the_mobiles_six_times(a_small_town: MakeTown) -> None:
    town = a_small_town()
    callers = rings(town, STRANGER, 60, every_s=16, patience=12)
    town.live()

    assert hunted(town) == 6
    assert held_back(town) == ["number"] * 54
    assert len(town.offers()) == 6 * 3
    # Each is told what anybody is told whom nobody can help, and one callback is promised to them all.
    assert all(
        "Het lukt nu niet om u door te verbinden. | We bellen u vandaag" in town.heard(one) for one in callers[6:]
    )
    assert [callback.number for callback in town.callbacks()] == [STRANGER]
    assert town.totals("callcenter_calls_limited_total") == 54
    assert breaches(town) == []


def test_the_limit_passes_with_the_hour(a_small_town: MakeTown) -> None:
    town = a_small_town(policy=policy(number_unanswered=2))
    rings(town, STRANGER, 4, every_s=20, patience=10)
    assert hunted(town) == 2
    town.standin.run_for(3600)
    town.answers("AIS")
    rings(town, STRANGER, 1, every_s=60, talks=20)
    assert town.calls()[-1].outcome == "answered"


def test_another_number_is_put_through_meanwhile(a_town: MakeTown) -> None:
    town = a_town(policy=policy(number_unanswered=1))
    rings(town, STRANGER, 3, every_s=20, patience=10)
    rings(town, "+31201234568", 1, every_s=20, patience=10)
    assert hunted(town) == 2


@pytest.mark.parametrize(
    ("number", "keys", "told"),
    [
        (STRANGER, [ENGLISH], "We will call you back today before"),
        (None, [ENGLISH, press("0612345678#", when="heard:Key it in", after_s=4)], "You keyed"),
    ],
)
def test_who_is_held_back_may_choose_english(
    a_small_town: MakeTown, number: str | None, keys: list[Step], told: str
) -> None:
    town = a_small_town(policy=policy(number_unanswered=1, withheld_unanswered=1))
    rings(town, number, 1, every_s=20, patience=10)
    caller = town.somebody(number).dials(LINE, script=keys)
    town.live()
    assert "We cannot connect you now" in town.heard(caller)
    assert told in town.heard(caller)
    assert len(town.callbacks()) == 1


def test_who_is_held_back_may_ask_for_a_callback_or_leave_a_message(a_small_town: MakeTown) -> None:
    town = a_small_town(policy=policy(number_unanswered=1))
    rings(town, STRANGER, 1, every_s=20, patience=10)
    caller = town.somebody(STRANGER).dials(LINE, script=[press("1", at_s=6)])
    town.live()
    assert "Genoteerd. U wordt vandaag vóór" in town.heard(caller)
    assert town.calls()[-1].outcome == "callback_requested"
    town.somebody(STRANGER).dials(LINE, message=8)
    town.live()
    assert town.calls()[-1].outcome == "voicemail"
    assert hunted(town) == 1


def test_a_school_whose_teachers_ring_all_hour_is_helped_each_time(a_small_town: MakeTown) -> None:
    """One switchboard for forty teachers, and a limit that a few unanswered calls would reach."""
    town = a_small_town(policy=policy(contact_unanswered=2))
    for code in ("AIS", "BRA"):
        town.answers(code, after=3)
    rings(town, SCHOOL, 24, every_s=100, talks=10)
    town.live()
    assert [call.outcome for call in town.calls()] == ["answered"] * 24
    assert held_back(town) == []


def test_a_school_that_nobody_helps_for_an_hour_is_still_put_through(a_small_town: MakeTown) -> None:
    town = a_small_town()
    rings(town, SCHOOL, 29, every_s=30, patience=6)
    assert hunted(town) == 29
    town.answers("AIS")
    rings(town, SCHOOL, 1, every_s=60, talks=20)
    assert town.calls()[-1].outcome == "answered"
    assert held_back(town) == []


def test_a_known_number_has_a_limit_too_and_a_colleague_counts_as_known(a_small_town: MakeTown) -> None:
    town = a_small_town(policy=policy(number_unanswered=1, contact_unanswered=2))
    rings(town, SCHOOL, 3, every_s=20, patience=10)
    rings(town, "+31620000003", 3, every_s=20, patience=10)
    assert held_back(town) == ["contact", "contact"]


def test_of_withheld_callers_four_wait_at_once_and_the_others_are_asked_for_their_number(a_town: MakeTown) -> None:
    town = a_town()
    callers = [town.somebody(None).dials(LINE, patience=20, after=n) for n in range(6)]
    school = town.somebody(SCHOOL).dials(LINE, patience=10, after=7)
    town.live()
    assert held_back(town) == ["withheld_at_once"] * 2
    assert "Goedemorgen, u belt met het RBL. | Het lukt nu niet" in town.heard(callers[5])
    assert "we zien uw nummer niet. Toets uw nummer in" in town.heard(callers[5])
    assert "Ik zoek een collega" in town.heard(school)
    assert breaches(town) == []


def test_withheld_callers_together_have_a_limit_an_hour(a_small_town: MakeTown) -> None:
    town = a_small_town()
    rings(town, None, 25, every_s=14, patience=8)
    rings(town, SCHOOL, 1, every_s=14, patience=8)
    assert hunted(town) == 20 + 1
    assert held_back(town) == ["withheld"] * 5


@pytest.mark.parametrize("at", [None, EVENING], ids=["open", "closed"])
def test_thirty_withheld_callers_order_calls_to_ten_strangers(a_small_town: MakeTown, at: datetime | None) -> None:
    town = a_small_town(policy=policy(withheld_at_once=100), **({} if at is None else {"at": at}))
    callers = [keys_in(town.somebody(None), f"06123456{n:02}") for n in range(30)]
    town.live()
    promised = [callback for callback in town.callbacks() if callback.number is not None]
    assert len(promised) == 10
    assert all(callback.number_keyed for callback in promised)
    # The others say it, and a person listens.
    spoke = [caller for caller in callers if "uw naam, uw nummer en uw vraag in" in town.heard(caller)]
    assert len(spoke) == 20
    assert sum(callback.reason == "voicemail" for callback in town.callbacks()) == 20
    assert breaches(town) == []


def test_the_same_number_keyed_again_and_again_is_one_promise_and_no_limit(a_small_town: MakeTown) -> None:
    town = a_small_town(policy=policy(withheld_keyed=1, withheld_unanswered=100))
    for _ in range(3):
        keys_in(town.somebody(None), "0612345678")
        town.live()
    assert [callback.number for callback in town.callbacks()] == ["+31612345678"]
    assert town.totals("callcenter_calls_limited_total") == 0


def test_one_caller_keys_in_three_other_numbers(a_small_town: MakeTown) -> None:
    town = a_small_town()
    for n in range(5):  # from a country that we do not ring
        keys_in(town.somebody("+33123456789"), f"06123456{n:02}", asked="heard:Toets een ander nummer in")
        town.live()
    assert sum(call.keyed_number is not None for call in town.calls()) == 3


def shown(town: Town, callback: Callback) -> bool:
    with town.sessions.begin() as session:
        token = create_token(session, town.clock.now(), "lead")
    headers = {"Authorization": f"Bearer {token}"}
    answer = town.lived.app.test_client().get(f"/api/v1/callbacks/{callback.id}", headers=headers)
    assert answer.status_code == 200
    return bool(answer.get_json()["number_keyed"])


def test_a_keyed_number_is_told_as_such_until_the_network_shows_it(a_small_town: MakeTown) -> None:
    town = a_small_town()
    keys_in(town.somebody(None), "0612345678")
    town.live()
    (callback,) = town.callbacks()
    assert shown(town, callback)

    rings(town, "+31612345678", 1, every_s=60, patience=20)
    (callback,) = town.callbacks()
    assert callback.priority == 1
    assert not shown(town, callback)


def test_a_number_that_the_network_showed_stays_so_when_somebody_keys_it(a_small_town: MakeTown) -> None:
    town = a_small_town()
    rings(town, "+31612345678", 1, every_s=60, patience=20)
    keys_in(town.somebody(None), "0612345678")
    town.live()
    (callback,) = town.callbacks()
    assert not shown(town, callback)


def test_a_message_is_recorded_three_times_at_most(a_small_town: MakeTown) -> None:
    town = a_small_town()
    again = [press("1", when="heard:Om opnieuw in te spreken", nth=n) for n in range(1, 9)]
    caller = town.somebody().dials(LINE, message=4, then="hash", script=again)
    town.live()
    heard = town.heard(caller)
    assert heard.count("uw bericht is bewaard") == 3
    answers = [webhook.answer for webhook in town.webhooks() if "/recorded?" in webhook.url]
    assert ["Om opnieuw in te spreken" in answer for answer in answers] == [True, True, False]
    assert len(town.callbacks()) == 1


def test_keys_that_mean_nothing_are_answered_for_ten_minutes(a_small_town: MakeTown) -> None:
    town = a_small_town(EVENING)
    wrong = [press("5", at_s=10 + 5 * n) for n in range(200)]
    caller = town.somebody().dials(LINE, script=wrong)
    town.live()
    call = town.call()
    assert call.ended_at is not None
    assert 600 < (call.ended_at - call.received_at).total_seconds() < 640
    assert town.heard(caller).endswith("Tot ziens.")
    assert len(town.callbacks()) == 1


def test_when_as_many_mobiles_rang_as_an_hour_allows_callers_leave_a_message(a_small_town: MakeTown) -> None:
    town = a_small_town(policy=policy(colleagues_rung=6))
    for n in range(4):
        rings(town, f"+3120123450{n}", 1, every_s=20, patience=10)
    assert len(town.offers()) == 6
    assert held_back(town) == ["colleagues"] * 2
    assert len(town.callbacks()) == 4
    assert 'callcenter_outgoing_calls{to="colleagues"} 6' in town.page("/metrics")
    town.standin.run_for(3600)
    rings(town, STRANGER, 1, every_s=20, patience=10)
    assert len(town.offers()) == 9


def test_the_lead_hears_once_a_day_that_callers_are_held_back(a_small_town: MakeTown) -> None:
    town = a_small_town(policy=policy(withheld_unanswered=1, number_unanswered=1))
    town.lived.office.settings.notify_urls = (SecretStr("json://127.0.0.1:1"),)

    def told() -> list[str]:
        town.standin.run_for(90)  # the job of every minute
        return [order["body"] for order in orders(town.sessions, "notify_lead")]

    rings(town, STRANGER, 3, every_s=20, patience=10)
    assert told() == []  # one caller is not news
    for _ in range(2):
        rings(town, None, 3, every_s=20, patience=10)
        assert told() == [
            "Veel anonieme bellers zonder antwoord: zij worden dit uur niet doorverbonden: "
            "https://callcenter.example.nl/oproepen"
        ]
