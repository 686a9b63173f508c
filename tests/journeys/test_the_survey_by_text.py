"""A caller who was not helped, or was spoken to in a callback, gets a text with a link, once in 90 days."""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Engine, select

from callcenter.callbacks.records import Callback
from callcenter.clock import VirtualClock
from callcenter.lines.records import Line
from callcenter.privacy.erase import forget
from callcenter.rota import versions
from callcenter.routing import survey_rounds
from callcenter.routing.records import SurveyAnswer, SurveyQuestion
from callcenter.routing.survey import store_question
from callcenter.standin.people.scripts import PhoneScript, press
from callcenter.telephony.records import OutboxMessage
from tests.support.callback_office import CallbackOffice
from tests.support.promises import LINE, SCHOOL, rota_files, total
from tests.support.racing import race

MOBILE = "+31655512345"
POLICY = '[open]\nmon-fri = ["08:30-17:00"]\n[closed_days]\ngood_friday = "closed"\nliberation_day = "lustrum"\n'
ASKING = f"{POLICY}[survey]\nrate = 1\ntexts = true\n"


def an_office(engine: Engine, clock: VirtualClock, policy: str = ASKING) -> CallbackOffice:
    office = CallbackOffice(engine, clock)
    with office.sessions.begin() as session:
        versions.load(session, rota_files(policy=policy), "test", clock.now())
    return office


@pytest.fixture
def office(engine: Engine, clock: VirtualClock) -> CallbackOffice:
    return an_office(engine, clock)


def look(office: CallbackOffice) -> int:
    """Run the survey job once, and let its texts arrive."""
    asked = survey_rounds.run(office.sessions, office.clock.now())
    office._soon()
    office.twilio.run_for(60)
    return asked


def texts(office: CallbackOffice, number: str = MOBILE) -> list[str]:
    return [str(body) for _, body in office.caller(number).texts]


def links(office: CallbackOffice) -> list[str]:
    return re.findall(r"https://callcenter.example.nl(/vraag/[\w-]+)", " ".join(texts(office)))


def says(office: CallbackOffice, link: str, answer: str) -> str:
    """What the page says after an answer by a browser."""
    browser = office.app.test_client()
    page = browser.get(link).text
    token = re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]
    return browser.post(link, data={"csrf_token": token, "answer": answer}, follow_redirects=True).text


def answers(office: CallbackOffice) -> list[tuple[str, str, str]]:
    with office.sessions() as session:
        found = select(SurveyAnswer.group, SurveyAnswer.way, SurveyAnswer.answer).order_by(SurveyAnswer.id)
        return [(group, way, answer) for group, way, answer in session.execute(found)]


def ways(office: CallbackOffice) -> list[str]:
    with office.sessions() as session:
        return list(session.scalars(select(SurveyQuestion.way)))


def test_a_broken_promise_is_asked_about_a_quarter_of_an_hour_later_and_once(office: CallbackOffice) -> None:
    office.missed_call(MOBILE)
    office.wait(70)  # promised within 60 minutes
    assert look(office) == 0
    office.wait(10)
    assert look(office) == 1
    assert "Was het RBL voor u goed bereikbaar?" in texts(office)[0]
    office.wait(60)
    assert look(office) == 0
    assert ways(office) == ["text"]
    assert office.failures() == []


def test_the_link_takes_one_answer_and_names_nobody(office: CallbackOffice) -> None:
    office.missed_call(MOBILE)
    office.wait(80)
    look(office)
    (link,) = links(office)
    page = office.app.test_client().get(link)
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "<script src" in page.text  # the common file; the form needs none of it
    assert not any(secret in page.text for secret in ("55512345", "Wegwijzer", "Dordrecht"))
    assert "Dank u wel" in says(office, link, "no")
    assert answers(office) == [("school", "text", "no")]
    again = office.app.test_client().get(link).text
    assert "Dank u wel" in again
    assert "<button class" not in again
    assert total(office.sessions, "callcenter_survey_answers_total") == 1


def test_a_second_answer_changes_nothing_and_the_link_ends_after_14_days(office: CallbackOffice) -> None:
    office.missed_call(MOBILE)
    office.wait(80)
    look(office)
    (link,) = links(office)
    one, other = office.app.test_client(), office.app.test_client()
    tokens = [re.findall(r'name="csrf_token" value="([^"]+)"', each.get(link).text)[0] for each in (one, other)]
    one.post(link, data={"csrf_token": tokens[0], "answer": "yes"})
    other.post(link, data={"csrf_token": tokens[1], "answer": "no"})
    assert [answer for _, _, answer in answers(office)] == ["yes"]
    office.clock.advance(timedelta(days=14, minutes=1).total_seconds())
    assert office.app.test_client().get(link).status_code == 404


def test_whoever_is_spoken_to_in_a_callback_is_asked_about_that(office: CallbackOffice) -> None:
    callback_id = office.missed_call(MOBILE)
    office.mobile().follows(PhoneScript(after_s=3, steps=(press("1", at_s=4),), talk_s=90))
    office.caller(MOBILE).answers_after(5, talks_s=70)
    office.press(callback_id)
    office.live()
    assert look(office) == 0
    office.wait(16)
    assert look(office) == 1
    assert ways(office) == ["callback"]
    says(office, links(office)[0], "yes")
    assert answers(office) == [("school", "callback", "yes")]


def test_a_fixed_line_a_keyed_number_and_one_noted_by_hand_get_no_text(office: CallbackOffice) -> None:
    office.missed_call(SCHOOL)
    office.missed_call(MOBILE)
    office.missed_call("+31655512346")
    with office.sessions.begin() as session:
        session.scalars(select(Callback).where(Callback.number == MOBILE)).one().number_keyed = True
        session.scalars(select(Callback).where(Callback.number == "+31655512346")).one().created_by = "lead"
    office.wait(90)
    assert look(office) == 0


def test_without_texts_in_the_policy_nobody_gets_one(engine: Engine, clock: VirtualClock) -> None:
    office = an_office(engine, clock, POLICY)
    office.missed_call(MOBILE)
    office.wait(90)
    assert look(office) == 0


def test_nobody_is_asked_while_the_line_is_closed(office: CallbackOffice) -> None:
    office.missed_call(MOBILE)
    office.wait(11 * 60)  # 21.00
    assert look(office) == 0
    office.wait(12 * 60)
    assert look(office) == 1


def test_who_sent_stop_gets_no_text_and_is_not_tried_again(office: CallbackOffice) -> None:
    office.caller(MOBILE).sends("STOP", to=LINE)
    office.missed_call(MOBILE)
    office.wait(90)
    assert look(office) == 1
    office.wait(30)
    assert (look(office), texts(office)) == (0, [])


def test_a_forgotten_number_gets_no_text_and_leaves_no_trace(office: CallbackOffice) -> None:
    office.missed_call(MOBILE)
    office.wait(90)
    assert survey_rounds.run(office.sessions, office.clock.now()) == 1
    with office.sessions() as session:
        (order,) = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "survey_text"))
        assert order.payload == {"question_id": 1, "language": "nl"}
    forget(office.sessions, MOBILE, office.clock.now(), "lead")
    office.twilio.run_for(60)
    office.dispatcher.run_due()
    assert texts(office) == []
    assert ways(office) == []


def test_after_90_days_a_number_may_be_asked_again(office: CallbackOffice) -> None:
    office.missed_call(MOBILE)
    office.wait(90)
    assert look(office) == 1
    asked = {"number": MOBILE, "line_id": 1, "group": "school", "way": "call"}
    with office.sessions.begin() as session:
        assert store_question(session, asked, office.clock.now() + timedelta(days=89)) is None
        assert store_question(session, asked, office.clock.now() + timedelta(days=91)) is not None


@pytest.mark.postgres
def test_of_eight_talks_of_one_number_that_end_at_once_one_is_asked(
    postgresql_url: str, open_engine: Callable[[str], Engine], clock: VirtualClock
) -> None:
    office = an_office(open_engine(postgresql_url), clock)
    with office.sessions() as session:
        line_id = session.scalars(select(Line.id)).one()
    asked = {"number": MOBILE, "line_id": line_id, "group": "parent", "way": "call"}

    def ask(_n: int) -> bool:
        with office.sessions.begin() as session:
            return store_question(session, asked, clock.now()) is not None

    assert race(*(partial(ask, n) for n in range(8))).count(True) == 1
