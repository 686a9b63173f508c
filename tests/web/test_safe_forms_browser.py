"""In a real browser: Enter in each text field does what the button beside it says or nothing, and a deed is undone."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import pytest
from sqlalchemy import select

from callcenter.access.records import AuditEvent
from callcenter.callbacks import verbs
from callcenter.callbacks.records import Callback
from callcenter.office import Office
from tests.support.screens import axe_faults
from tests.web.seed import ADMIN, CONSULTANT, LEAD, NOW, Seeded
from tests.web.test_web_browser import a_page, log_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

NOTHING = "nothing"
PAGES = {
    LEAD: (
        "/terugbellen",
        "/terugbellen/{plain}",
        "/terugbellen/samen?do=due&id={plain}",
        "/terugbellen/samen?do=cancel&id={plain}",
        "/scholen",
        "/scholen/05WE00",
        "/rapport",
        "/rooster/versies",
        "/rooster",
        "/cijfers",
        "/oproepen",
        "/terugbellen/beloften",
        "/mijn-login",
        "/tweede-factor",
    ),
    CONSULTANT: ("/mijn", "/mijn/terugbellen/{plain}"),
    ADMIN: ("/beheer", "/beheer/sleutels", "/beheer/lijnen", "/beheer/geblokkeerd", "/beheer/teksten"),
}
# What Enter presses, by the path of the form's action and the field: the words of the button that stands beside it.
# A field that is not in this table fails the test below.
ENTER = {
    ("/terugbellen", "number"): "Noteren",
    ("/terugbellen", "note"): "Noteren",
    ("/terugbellen", "due_at"): "Noteren",
    ("/terugbellen/{plain}", "due_at"): "Tijd vastleggen",
    ("/terugbellen/{plain}", "at"): "Afspreken",
    ("/terugbellen/{plain}", "because"): "Laten vervallen",
    ("/terugbellen/samen", "due_at"): "Tijd vastleggen",
    ("/terugbellen/samen", "because"): "Laten vervallen",
    ("/scholen", "q"): "Zoeken",
    ("/scholen/05WE00/nummers", "number"): "Toevoegen",
    ("/rapport", "month"): "Toon",
    ("/rapport", "address"): "Toevoegen",
    ("/rooster/versies", "note"): "Controleren en laden",
    ("/rooster", "at"): "Leg uit",
    ("/cijfers", "from"): "Toon",
    ("/cijfers", "to"): "Toon",
    ("/oproepen", "day"): "Toon",
    ("/oproepen", "last"): "Toon",
    ("/oproepen", "number"): "Toon",
    ("/terugbellen/beloften", "day"): "Toon",
    ("/terugbellen/beloften", "last"): "Toon",
    ("/mijn-login/wachtwoord", "present"): "Mijn wachtwoord wijzigen",
    ("/mijn-login/wachtwoord", "password"): "Mijn wachtwoord wijzigen",
    ("/mijn-login/wachtwoord", "again"): "Mijn wachtwoord wijzigen",
    ("/tweede-factor", "present"): "Instellen",
    ("/mijn/terugbellen/{plain}/resultaat", "note"): NOTHING,
    ("/mijn/terugbellen/{plain}/afspraak", "at"): "Afspreken",
    ("/mijn/terugbellen/{plain}", "zoek"): "Zoeken",
    ("/beheer", "email"): "Gebruiker toevoegen",
    ("/beheer/sleutels", "name"): "Sleutel maken",
    ("/beheer/lijnen", "number"): "Toevoegen",
    ("/beheer/lijnen", "name"): "Toevoegen",
    ("/beheer/geblokkeerd", "number"): "Blokkeren",
    ("/beheer/geblokkeerd", "reason"): "Blokkeren",
}
# Presses Enter in each text field, as the browser does it by HTML's rule: no form is sent, and the button is noted.
_PRESSED = """
() => {
  const pressed = [];
  document.querySelectorAll("details").forEach((one) => { one.open = true; });
  document.addEventListener("submit", (event) => {
    event.preventDefault();
    pressed[pressed.length - 1].button = event.submitter ? event.submitter.textContent.trim() : "";
  }, true);
  window.__pressed = pressed;
  const fields = [...document.querySelectorAll("main form input")].filter((one) =>
    !["hidden", "checkbox", "radio", "file"].includes(one.type) && one.form);
  fields.forEach((one, place) => { one.form.noValidate = true; one.dataset.place = place; });
  return fields.map((one) => [new URL(one.form.action).pathname, one.name]);
}
"""


class Pressed(NamedTuple):
    """A field, and the words of the button that Enter in it pressed."""

    action: str
    field: str
    button: str


def press_enter_everywhere(page: "Page") -> Iterator[Pressed]:
    for place, (action, field) in enumerate(page.evaluate(_PRESSED)):
        page.evaluate("place => window.__pressed.push({ place, button: 'nothing' })", place)
        page.press(f"[data-place='{place}']", "Enter")
        yield Pressed(action, field, page.evaluate("window.__pressed.at(-1).button"))


def test_enter_does_what_the_button_beside_the_field_says(browser: "Browser", address: str, seeded: Seeded) -> None:
    wanted = {(action.format(**vars(seeded)), field): button for (action, field), button in ENTER.items()}
    found: dict[tuple[str, str], str] = {}
    for email, paths in PAGES.items():
        with a_page(browser) as page:
            log_in(page, address, email)
            for path in paths:
                page.goto(address + path.format(**vars(seeded)))
                for pressed in press_enter_everywhere(page):
                    found[pressed.action, pressed.field] = pressed.button
    assert found == wanted


def test_a_slip_is_undone_with_scripts_and_without(
    browser: "Browser", address: str, office: Office, seeded: Seeded
) -> None:
    for scripts in (True, False):
        context = browser.new_context(java_script_enabled=scripts, viewport={"width": 360, "height": 800})
        page = context.new_page()
        log_in(page, address, LEAD)
        page.goto(f"{address}/terugbellen/{seeded.plain}")
        page.fill("[name=because]", "dubbel")
        page.press("[name=because]", "Enter")
        page.wait_for_selector("text=Vervallen: dubbel.")
        page.click("text=Ongedaan maken")
        page.wait_for_selector("text=Ongedaan gemaakt: het is weer zoals het was.")
        context.close()
    with office.sessions() as session:
        assert session.get_one(Callback, seeded.plain).state == "open"
        subject = AuditEvent.subject == f"callback:{seeded.plain}"
        done = session.scalars(select(AuditEvent.action).where(subject).order_by(AuditEvent.id)).all()
    assert done == ["callback_cancelled", "callback_undone"] * 2


def test_an_undo_that_a_colleague_was_before_says_so(
    browser: "Browser", address: str, office: Office, seeded: Seeded
) -> None:
    with a_page(browser, 360) as page:
        page.clock.install()
        log_in(page, address, LEAD)
        page.goto(f"{address}/terugbellen/{seeded.plain}")
        page.select_option("[name=to]", "AIS")
        page.click("button:text-is('Overdragen')")
        page.wait_for_selector("text=Overgedragen aan Aïsha Siddiqi, in dienst tot 12.00.")
        with office.sessions.begin() as session:
            verbs.note(session, seeded.plain, "van een collega", "colleague", NOW)
        page.click("text=Ongedaan maken")
        page.wait_for_selector("text=Niet ongedaan gemaakt: iemand heeft dit intussen gewijzigd.")
        # The undo of a deed leaves by itself, but not while somebody is on it.
        page.select_option("[name=to]", "CEM")
        page.click("button:text-is('Overdragen')")
        page.wait_for_selector("text=Overgedragen aan Cem")
        page.focus("form.undo button")
        page.clock.run_for(20_000)
        assert page.is_visible("form.undo")
        page.evaluate("document.activeElement.blur()")
        page.clock.run_for(9_000)
        assert page.is_visible("form.undo")
        page.clock.run_for(2_000)
        assert not page.is_visible("form.undo")
    with office.sessions() as session:
        assert session.get_one(Callback, seeded.plain).owner == "CEM"


def test_a_fault_takes_the_focus_and_leads_to_its_field(browser: "Browser", address: str, seeded: Seeded) -> None:
    with a_page(browser, 360) as page:
        log_in(page, address, LEAD)
        page.goto(f"{address}/terugbellen/{seeded.plain}")
        page.fill("[name=at]", "2027-06-08T19:00")
        page.click("text=Afspreken")
        page.wait_for_selector(".faults")
        assert axe_faults(page) == []
        assert page.evaluate("document.activeElement.className") == "faults"
        page.click(".faults a")
        assert page.evaluate("document.activeElement.name") == "at"
        assert page.input_value("[name=at]") == "2027-06-08T19:00"
        assert page.url.split("#")[0] == f"{address}/terugbellen/{seeded.plain}"
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
