"""Each deed says what it did and can be taken back for half a minute, unless somebody changed things meanwhile."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from callcenter.access.records import AuditEvent, UndoOffer
from callcenter.access.undo_rules import TAKEN_FOR
from callcenter.callbacks import verbs
from callcenter.callbacks.records import Callback
from callcenter.clock import VirtualClock
from callcenter.directory.records import ContactNumber
from callcenter.lines.records import BlockedNumber
from callcenter.office import Office
from callcenter.presence.records import ConsultantState
from callcenter.rota import versions
from tests.web.conftest import LogIn
from tests.web.seed import ADMIN, CONSULTANT, LEAD, NOW, ROTA, Seeded

UNDONE = "Ongedaan gemaakt: het is weer zoals het was."
MEANWHILE = "Niet ongedaan gemaakt: iemand heeft dit intussen gewijzigd. Kijk hoe het nu is."


def tokens(page: str) -> dict[str, str]:
    """The token against forgery of a page, and the secret of the undo that it offers."""
    return {name: re.findall(rf'name="{name}" value="([^"]*)"', page)[0] for name in ("csrf_token", "undo")}


def send(client: FlaskClient, page: str, action: str | None = None, **form: object) -> str:
    """Send a form of a page as a browser without scripts does. Returns the page that follows."""
    token = re.findall(r'name="csrf_token" value="([^"]*)"', client.get(page).text)[0]
    headers = {"Referer": f"http://localhost{page}"}
    data = {"csrf_token": token, **form}
    return client.post(action or page, data=data, headers=headers, follow_redirects=True).text


def take_back(client: FlaskClient, page: str) -> str:
    """Press the undo that a page offers."""
    return client.post("/ongedaan", data=tokens(page), follow_redirects=True).text


def stored(office: Office, callback_id: int) -> Callback:
    with office.sessions() as session:
        return session.get_one(Callback, callback_id)


def wait(office: Office, seconds: float) -> None:
    assert isinstance(office.clock, VirtualClock)
    office.clock.advance(seconds)


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"do": "hand_over", "to": "AIS"}, "Overgedragen aan Aïsha Siddiqi, in dienst tot 12.00."),
        ({"do": "hand_over", "to": "-"}, "Het is nu van niemand; wie dienst heeft, krijgt het."),
        ({"do": "due", "due_at": "2027-06-08T16:00"}, "Te bellen vóór 16.00 uur."),
        ({"do": "appoint", "at": "2027-06-09T10:15"}, "Afspraak morgen 10.15 uur."),
        ({"do": "attempt", "result": "no_answer"}, "Genoteerd: geen gehoor. De volgende poging is"),
        ({"do": "cancel", "because": "dubbel"}, "Vervallen: dubbel."),
        ({"do": "note", "note": "belde al"}, "De notitie is bewaard."),
    ],
)
def test_a_lead_is_told_what_was_done_and_takes_it_back(
    log_in: LogIn, office: Office, seeded: Seeded, form: dict[str, str], sentence: str
) -> None:
    def state() -> tuple[object, ...]:
        one = stored(office, seeded.plain)
        return one.state, one.owner, one.due_at, one.appointment_at, one.attempts, one.note, one.cancel_reason

    client, before = log_in(LEAD), state()
    page = send(client, f"/terugbellen/{seeded.plain}", **form)
    assert sentence in page
    assert state() != before
    assert UNDONE in take_back(client, page)
    assert state() == before
    with office.sessions() as session:
        done = session.scalars(select(AuditEvent.action).where(AuditEvent.subject == f"callback:{seeded.plain}")).all()
    assert len(done) == 2
    assert done[-1] == "callback_undone"


def test_a_consultant_takes_a_slip_of_the_thumb_back(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    client = log_in(CONSULTANT)
    path = f"/mijn/terugbellen/{seeded.plain}"
    page = send(client, path, f"{path}/resultaat", result="reached")
    assert stored(office, seeded.plain).state == "reached"
    assert UNDONE in take_back(client, page)
    assert (stored(office, seeded.plain).state, stored(office, seeded.plain).attempts) == ("open", 1)


def test_several_are_taken_back_at_once_but_not_the_one_that_a_colleague_changed(
    log_in: LogIn, office: Office, seeded: Seeded
) -> None:
    client = log_in(LEAD)
    ids = [str(seeded.heard), str(seeded.plain)]
    page = send(client, "/terugbellen", "/terugbellen/samen", id=ids, do="cancel", because="dubbel")
    assert "2 terugbelverzoeken gewijzigd. Vervallen: dubbel." in page
    with office.sessions.begin() as session:
        verbs.note(session, seeded.heard, "van een collega", "colleague", NOW)
    page = take_back(client, page)
    assert UNDONE in page
    assert MEANWHILE in page
    assert [stored(office, this).state for this in (seeded.heard, seeded.plain)] == ["cancelled", "open"]


def test_an_undo_works_once_for_half_a_minute_and_for_nobody_else(
    log_in: LogIn, office: Office, seeded: Seeded
) -> None:
    client, colleague = log_in(LEAD), log_in(ADMIN)
    path = f"/terugbellen/{seeded.plain}"
    page = send(client, path, do="hand_over", to="AIS")
    secret = tokens(page)["undo"]
    assert "Te laat om ongedaan te maken" in send(colleague, "/", "/ongedaan", undo=secret)
    assert UNDONE in take_back(client, page)
    assert "Dit is al ongedaan gemaakt." in take_back(client, page)
    page = send(client, path, do="hand_over", to="AIS")
    wait(office, TAKEN_FOR.total_seconds() + 1)
    assert "Te laat om ongedaan te maken" in take_back(client, page)
    assert stored(office, seeded.plain).owner == "AIS"


def test_what_was_typed_is_erased_soon_after(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    client, path = log_in(LEAD), f"/terugbellen/{seeded.plain}"
    send(client, path, do="note", note="een geheim")
    wait(office, 3 * TAKEN_FOR.total_seconds())
    send(client, path, do="hand_over", to="AIS")
    with office.sessions() as session:
        assert [offer.kind for offer in session.scalars(select(UndoOffer))] == ["callback"]


def test_a_presence_is_taken_back_unless_it_was_set_anew(log_in: LogIn, office: Office) -> None:
    client = log_in(CONSULTANT)

    def presence() -> tuple[object, ...]:
        with office.sessions() as session:
            one = session.get_one(ConsultantState, "CEM")
            return one.presence, one.presence_until, one.presence_at

    before = presence()
    page = send(client, "/mijn", "/mijn/aanwezigheid", state="busy", minutes="30")
    assert "Je staat op bezet tot 10.30 uur." in page
    assert UNDONE in take_back(client, page)
    assert presence() == before
    page = send(client, "/mijn", "/mijn/aanwezigheid", state="busy", minutes="30")
    wait(office, 5)
    send(client, "/mijn", "/mijn/aanwezigheid", state="available")
    assert MEANWHILE in take_back(client, page)
    assert presence()[0] == "available"


def test_a_block_and_its_removal_are_taken_back(log_in: LogIn, office: Office) -> None:
    client = log_in(ADMIN)

    def blocks() -> list[tuple[object, ...]]:
        with office.sessions() as session:
            rows = session.scalars(select(BlockedNumber))
            return [(one.number, one.reason, one.until, one.created_at, one.created_by) for one in rows]

    page = send(client, "/beheer/geblokkeerd", number="06 11111111", reason="pest", days="7")
    assert "06 11111111 wordt niet meer doorverbonden, tot di 15 juni 10.00 uur." in page
    kept = blocks()
    assert UNDONE in take_back(client, page)
    assert blocks() == []
    send(client, "/beheer/geblokkeerd", number="06 11111111", reason="pest", days="7")
    kept = blocks()
    page = send(client, "/beheer/geblokkeerd", "/beheer/geblokkeerd/weg", number="+31611111111")
    assert "06 11111111 wordt weer doorverbonden." in page
    assert UNDONE in take_back(client, page)
    assert blocks() == kept


def test_a_number_of_a_school_is_taken_back(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    client, path = log_in(CONSULTANT), f"/mijn/terugbellen/{seeded.plain}"
    page = send(client, path, f"{path}/school", code="05WE00")
    assert stored(office, seeded.plain).caller_name == "obs De Wegwijzer"
    assert UNDONE in take_back(client, page)
    assert stored(office, seeded.plain).caller_name is None
    with office.sessions() as session:
        assert session.scalars(select(ContactNumber).where(ContactNumber.number == "+31612345678")).all() == []


def test_a_rota_is_taken_back_unless_a_colleague_loaded_another(log_in: LogIn, office: Office) -> None:
    client = log_in(LEAD)
    files = {name: text.encode() for name, text in ROTA.items()}
    with office.sessions.begin() as session:
        versions.load(session, files, "another", NOW)

    def in_force() -> str | None:
        with office.sessions() as session:
            return versions.versions(session)[0].note

    page = send(client, "/rooster/versies", "/rooster/versies/1")
    assert "Versie 3 geldt, in plaats van versie 2." in page
    assert UNDONE in take_back(client, page)
    assert in_force() == "restored from version 2"
    page = send(client, "/rooster/versies", "/rooster/versies/1")
    with office.sessions.begin() as session:
        versions.load(session, files, "a colleague", NOW + timedelta(seconds=2), "van een collega")
    assert MEANWHILE in take_back(client, page)
    assert in_force() == "van een collega"


def test_a_callback_noted_by_mistake_is_not_owed(log_in: LogIn, office: Office) -> None:
    client = log_in(LEAD)
    page = send(client, "/terugbellen", number="0786130555")
    assert "Genoteerd, te bellen vóór" in page
    assert UNDONE in take_back(client, page)
    with office.sessions() as session:
        made = session.scalars(select(Callback).order_by(Callback.id.desc()).limit(1)).one()
    assert (made.state, made.cancel_reason) == ("cancelled", "per ongeluk genoteerd")
