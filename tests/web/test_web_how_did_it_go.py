"""The own page asks what came of a call for as long as the day of the call lasts."""

from datetime import timedelta
from typing import Any

from callcenter.callbacks.records import CallbackAttempt
from callcenter.clock import VirtualClock
from callcenter.office import Office
from tests.web.conftest import LogIn, token_of
from tests.web.seed import CONSULTANT, NOW, Seeded


def attempted(office: Office, callback_id: int, **more: Any) -> None:
    values = {"started_at": NOW, "dialled_at": NOW, "expires_at": NOW, "state": "ended", "consultant": "CEM"}
    with office.sessions.begin() as session:
        ended_at = NOW + timedelta(minutes=1)
        session.add(CallbackAttempt(callback_id=callback_id, ended_at=ended_at, **(values | more)))


def later(office: Office, **by: float) -> None:
    assert isinstance(office.clock, VirtualClock)
    office.clock.advance(timedelta(**by).total_seconds())


def test_a_talk_that_may_have_been_with_a_mailbox_is_asked_about_at_the_top_all_day(
    log_in: LogIn, office: Office, seeded: Seeded
) -> None:
    attempted(office, seeded.plain, suggested="unclear", talk_s=30)
    client = log_in(CONSULTANT)
    assert "zonder jouw antwoord: geen gehoor" in client.get("/mijn").text
    later(office, hours=9)
    page = client.get("/mijn").text
    assert page.index("Hoe ging het?") < page.index("Terugbellen (")
    one = f"/mijn/terugbellen/{seeded.plain}"
    assert "Hoe ging het?" in client.get(one).text
    form = {"csrf_token": token_of(client, one), "result": "reached"}
    assert "Genoteerd: gesproken." in client.post(f"{one}/resultaat", data=form, follow_redirects=True).text


def test_the_next_day_it_is_asked_no_more(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    attempted(office, seeded.plain, suggested="unclear", talk_s=30, result="no_answer")
    later(office, hours=14)  # midnight
    client = log_in(CONSULTANT)
    assert "Hoe ging het?" not in client.get("/mijn").text
    assert "Hoe ging het?" not in client.get(f"/mijn/terugbellen/{seeded.plain}").text


def test_a_clear_call_of_this_morning_can_be_put_right_below(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    attempted(office, seeded.plain, suggested="no_answer", result="no_answer")
    client = log_in(CONSULTANT)
    assert "telt als: geen gehoor" in client.get("/mijn").text
    later(office, hours=5)
    page = client.get("/mijn").text
    assert "Hoe ging het?" not in page
    assert "Eerder vandaag gebeld (1)" in page


def test_of_two_calls_for_one_callback_the_newest_is_asked_about(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    attempted(office, seeded.plain, suggested="no_answer", result="no_answer")
    attempted(office, seeded.plain, suggested="unclear", talk_s=30)
    assert log_in(CONSULTANT).get("/mijn").text.count("Hoe ging het?") == 1
