"""After "Bel nu" the own page follows the call and asks what came of it, also when nobody pressed 1."""

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.callbacks import attempt_events, one_press
from callcenter.callbacks.records import Callback, CallbackAttempt
from callcenter.calls.call import Call
from callcenter.calls.records import Voicemail
from callcenter.office import Office
from callcenter.rota import versions
from callcenter.rota.model import Rota
from tests.web.conftest import LogIn, token_of
from tests.web.seed import CONSULTANT, LEAD, NOW, PASSWORD, Seeded
from tests.web.test_web_browser import a_page
from tests.web.test_web_browser import log_in as log_in_by_form

if TYPE_CHECKING:
    from playwright.sync_api import Browser


class Twilio:
    """What Twilio reports of the only attempt at a callback, step by step."""

    def __init__(self, office: Office, callback_id: int) -> None:
        self._office, self._callback_id = office, callback_id

    def rings_the_consultant(self) -> None:
        with self._office.sessions.begin() as session:
            attempt_events.leg_created(session, self._attempt(session), "CA1", NOW)

    def consultant_presses_1(self) -> None:
        with self._office.sessions.begin() as session:
            assert one_press.accept(session, self._rota(session), self._attempt(session), "CA1", NOW) is not None

    def caller_answers(self) -> None:
        with self._office.sessions.begin() as session:
            rota, attempt = self._rota(session), self._attempt(session)
            attempt_events.caller_event(session, rota, attempt, "CA2", "in-progress", None, NOW)

    def ends(self, talk_s: float | None) -> None:
        with self._office.sessions.begin() as session:
            rota, attempt = self._rota(session), self._attempt(session)
            if talk_s is not None:
                attempt_events.dial_ended(session, rota, attempt, "completed", talk_s, NOW)
            attempt_events.consultant_event(session, rota, attempt, "CA1", "completed", NOW)

    def _attempt(self, session: Session) -> int:
        ids = select(CallbackAttempt.id).where(CallbackAttempt.callback_id == self._callback_id)
        return session.scalars(ids.order_by(CallbackAttempt.id.desc())).first() or 0

    @staticmethod
    def _rota(session: Session) -> Rota:
        found = versions.active(session)
        assert found is not None
        return found[1]


def test_the_page_follows_the_call_and_asks_its_result(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    client, twilio = log_in(CONSULTANT), Twilio(office, seeded.plain)
    form = {"csrf_token": token_of(client, "/mijn"), "next": "/mijn"}
    client.post(f"/mijn/terugbellen/{seeded.plain}/bel", data=form)
    page = client.get("/mijn").text
    assert "Je telefoon gaat zo…" in page
    # What is being rung stands on top, whatever is due first.
    assert page.index("06 12345678") < page.index("obs De Wegwijzer")
    twilio.rings_the_consultant()
    assert "Je telefoon gaat: neem op en druk 1…" in client.get("/mijn").text
    twilio.consultant_presses_1()
    assert "Je drukte 1: bij de beller gaat de telefoon…" in client.get("/mijn").text
    twilio.caller_answers()
    page = client.get("/mijn").text
    assert "In gesprek" in page
    assert 'name="result" value="reached"' in page
    twilio.ends(130)
    page = client.get("/mijn").text
    assert page.index("Hoe ging het?") < page.index("Gesproken 2:10") < page.index('value="reached"')
    assert "Gesproken 2:10" in client.get(f"/mijn/terugbellen/{seeded.plain}").text


def test_whoever_did_not_press_1_is_asked_and_can_ring_again(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    client, twilio = log_in(CONSULTANT), Twilio(office, seeded.plain)
    form = {"csrf_token": token_of(client, "/mijn"), "next": "/mijn"}
    client.post(f"/mijn/terugbellen/{seeded.plain}/bel", data=form)
    twilio.rings_the_consultant()
    twilio.ends(None)
    for path in ("/mijn", f"/mijn/terugbellen/{seeded.plain}"):
        page = client.get(path).text
        assert "drukte geen 1: de beller is niet gebeld." in page
        assert "Bel opnieuw" in page
        assert f"/mijn/terugbellen/{seeded.plain}/resultaat" in page
    form |= {"result": "no_answer"}
    client.post(f"/mijn/terugbellen/{seeded.plain}/resultaat", data=form)
    assert "drukte geen 1" not in client.get("/mijn").text


def _without_a_number(office: Office, seeded: Seeded) -> None:
    with office.sessions.begin() as session:
        session.get_one(Callback, seeded.heard).number = None
        session.get_one(Voicemail, seeded.voicemail).heard_at = None


@pytest.mark.parametrize("who", [CONSULTANT, LEAD])
def test_a_message_without_a_number_is_closed_with_one_tap(
    log_in: LogIn, office: Office, seeded: Seeded, who: str
) -> None:
    _without_a_number(office, seeded)
    client = log_in(who)
    path = f"/mijn/terugbellen/{seeded.heard}" if who == CONSULTANT else f"/terugbellen/{seeded.heard}"
    page = client.get(path).text
    assert "Afgeluisterd, klaar" in page
    assert "Bel nu" not in page
    form = {"csrf_token": token_of(client, path)}
    answer = client.post(f"/terugbellen/{seeded.heard}/afgeluisterd", data=form, follow_redirects=True).text
    assert "Genoteerd: afgeluisterd, klaar." in answer
    with office.sessions() as session:
        found = session.get_one(Callback, seeded.heard)
        assert (found.state, found.cancel_reason) == ("cancelled", "listened")
        heard_by = session.scalar(select(Voicemail.heard_by).join(Call, Call.voicemail_id == Voicemail.id))
        assert heard_by == ("CEM" if who == CONSULTANT else LEAD)
    assert "afgeluisterd" in log_in(LEAD).get(f"/terugbellen/{seeded.heard}").text


def test_one_with_a_number_and_a_colleagues_are_not_closed_so(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    client = log_in(CONSULTANT)
    form = {"csrf_token": token_of(client, "/mijn")}
    assert client.post(f"/terugbellen/{seeded.plain}/afgeluisterd", data=form).status_code == 409
    _without_a_number(office, seeded)
    with office.sessions.begin() as session:
        session.get_one(Callback, seeded.heard).owner = "BRA"
    assert client.post(f"/terugbellen/{seeded.heard}/afgeluisterd", data=form).status_code == 404
    with office.sessions() as session:
        states = select(Callback.state).where(Callback.id.in_((seeded.plain, seeded.heard)))
        assert "cancelled" not in session.scalars(states).all()


@pytest.mark.browser
def test_a_telephone_follows_the_call_by_itself(
    browser: "Browser", address: str, office: Office, seeded: Seeded
) -> None:
    twilio = Twilio(office, seeded.heard)
    with a_page(browser, 360) as page:
        log_in_by_form(page, address, CONSULTANT)
        page.wait_for_selector(f"[data-left]:not(:text-is('{page.inner_text('[data-left]')}'))")
        bar = page.locator(".thumb").bounding_box()
        assert bar is not None
        assert bar["y"] + bar["height"] == 800
        page.click("text=Bel nu >> nth=0")
        page.wait_for_selector("text=Je telefoon gaat zo")
        twilio.rings_the_consultant()
        page.wait_for_selector("text=Je telefoon gaat: neem op en druk 1")
        twilio.consultant_presses_1()
        page.wait_for_selector("text=Je drukte 1")


@pytest.mark.browser
def test_without_scripts_the_page_looks_again_until_1_is_pressed(
    browser: "Browser", address: str, seeded: Seeded, office: Office
) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(f"{address}/mijn/terugbellen/{seeded.heard}")
    page.fill("[name=email]", CONSULTANT)
    page.fill("[name=password]", PASSWORD)
    page.click("form.stack button")
    again = "noscript meta[http-equiv=refresh], meta[http-equiv=refresh]"
    assert page.locator(again).count() == 0
    page.click("text=Bel nu")
    assert page.locator(again).count() == 1
    Twilio(office, seeded.heard).rings_the_consultant()
    Twilio(office, seeded.heard).consultant_presses_1()
    page.reload()
    assert page.locator(again).count() == 0
    assert "Je drukte 1" in page.inner_text("#task")
    context.close()
