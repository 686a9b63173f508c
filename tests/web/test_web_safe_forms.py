"""Forms are safe: what nothing takes back asks first, and a refused form keeps what was typed and says what to do."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from callcenter.access.records import ApiToken, User
from callcenter.access.tokens import create_token
from callcenter.callbacks.records import Callback
from callcenter.lines.records import BlockedNumber
from callcenter.office import Office
from callcenter.presence.records import ConsultantState
from callcenter.reports import recipients
from tests.web.conftest import LogIn, token_of
from tests.web.seed import ADMIN, CONSULTANT, LEAD, NOW, Seeded

Form = dict[str, object]


def post(client: FlaskClient, page: str, action: str, form: Form) -> tuple[int, str]:
    data = {"csrf_token": token_of(client, page), **form}
    answer = client.post(action, data=data, headers={"Referer": f"http://localhost{page}"}, follow_redirects=True)
    return answer.status_code, answer.text


def yes(client: FlaskClient, action: str, question: str) -> str:
    """Press yes on the page that asks."""
    form = re.findall(r'<form method="post">(.*?)</form>', question, re.DOTALL)[-1]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    return client.post(action, data=fields, follow_redirects=True).text


@pytest.fixture
def filled(office: Office) -> None:
    with office.sessions.begin() as session:
        create_token(session, NOW, "lead", name="rooster-export")
        recipients.add(session, "directie@rbl.example", "lead", NOW)


# What asks first: the page and the action of its form, the form, and a sentence of what follows.
ASKS = [
    (ADMIN, "/beheer/sleutels", "/beheer/sleutels/1", {}, "Teruggeven kan niet"),
    (ADMIN, "/beheer", "/beheer/gebruiker", {"email": LEAD, "do": "disable"}, "De sessies eindigen meteen."),
    (
        ADMIN,
        "/beheer",
        "/beheer/gebruiker",
        {"email": LEAD, "do": "password"},
        "Het huidige wachtwoord werkt",
    ),
    (LEAD, "/rapport", "/rapport/ontvangers/weg", {"recipient": "1"}, "Dit adres krijgt geen rapport meer"),
    (
        ADMIN,
        "/beheer/geblokkeerd",
        "/beheer/geblokkeerd",
        {"number": "085 888 0000", "reason": "proef", "days": "7"},
        "Dit is een nummer van onze eigen lijn.",
    ),
    (
        ADMIN,
        "/beheer/geblokkeerd",
        "/beheer/geblokkeerd",
        {"number": "078 613 0001", "reason": "proef", "days": "7"},
        "Dit is een nummer van obs De Wegwijzer.",
    ),
    (
        ADMIN,
        "/beheer/geblokkeerd",
        "/beheer/geblokkeerd",
        {"number": "06 35000003", "reason": "proef", "days": ""},
        "Dit is de mobiel van Cem Özdemir",
    ),
]


@pytest.mark.parametrize(("who", "page", "action", "form", "follows"), ASKS)
@pytest.mark.usefixtures("filled")
def test_what_nothing_takes_back_asks_first(
    log_in: LogIn, office: Office, who: str, page: str, action: str, form: Form, follows: str
) -> None:
    def state() -> list[object]:
        with office.sessions() as session:
            return [
                session.scalars(select(ApiToken.revoked_at)).all(),
                session.execute(select(User.email, User.disabled_at, User.password_hash).order_by(User.id)).all(),
                session.scalars(select(BlockedNumber.number)).all(),
                [one.address for one in recipients.recipients(session)],
            ]

    client, before = log_in(who), state()
    status, question = post(client, page, action, form)
    assert (status, follows in question, "Nee, ga terug" in question) == (200, True, True)
    assert state() == before
    yes(client, action, question)
    assert state() != before


def test_a_second_block_says_what_becomes_of_the_first(log_in: LogIn, office: Office) -> None:
    client, page = log_in(ADMIN), "/beheer/geblokkeerd"
    post(client, page, page, {"number": "0611111111", "reason": "pest", "days": ""})
    _status, question = post(client, page, page, {"number": "0611111111", "reason": "toch minder", "days": "1"})
    assert "Het is al geblokkeerd, voorgoed (pest). Dat wordt: tot morgen 10.00 uur." in question
    with office.sessions() as session:
        assert session.get_one(BlockedNumber, "+31611111111").until is None


# Refused forms: who, the page, which is the form's action too, its id and fields, the field at fault, and what to do.
ONE, BLOCKED = "/terugbellen/{plain}", "/beheer/geblokkeerd"
BY_HAND = "Een betaald of kort nummer bellen we niet terug: bel het met je eigen telefoon."
EVENING = {"do": "appoint", "at": "2027-06-08T19:00"}
REFUSED = [
    (LEAD, ONE, "due", {"do": "due", "due_at": ""}, "due_at", "Kies een dag en een tijd."),
    (LEAD, ONE, "appoint", EVENING, "at", "Kies een tijd binnen de openingstijden."),
    (LEAD, ONE, "hand_over", {"do": "hand_over", "to": ""}, "to", "Kies aan wie het gaat."),
    (LEAD, ONE, "attempt", {"do": "attempt", "result": ""}, "result", "Kies wat eruit kwam."),
    (LEAD, ONE, "cancel", {"do": "cancel", "because": " "}, "because", "Zeg waarom"),
    (LEAD, "/terugbellen", "create", {"number": "0900 1234", "note": "belt om drie uur"}, "number", BY_HAND),
    (ADMIN, "/beheer", "user", {"email": LEAD, "role": "lead"}, "email", f"Er is al een login met {LEAD}."),
    (
        ADMIN,
        "/beheer",
        "user",
        {"email": "x@rbl.example", "role": "consultant", "consultant": ""},
        "consultant",
        "Een consulent heeft",
    ),
    (ADMIN, "/beheer/lijnen", "line", {"number": "12", "name": "Proef"}, "number", "Dit is geen telefoonnummer"),
    (ADMIN, BLOCKED, "block", {"number": "0611111111", "reason": "", "days": "7"}, "reason", "Zeg waarom"),
    (LEAD, "/rapport", "recipient", {"address": "directie"}, "address", "Dit is geen e-mailadres."),
]


@pytest.mark.parametrize(("who", "page", "name", "form", "field", "sentence"), REFUSED)
def test_a_refused_form_says_at_its_field_what_to_do_and_keeps_what_was_typed(
    log_in: LogIn, seeded: Seeded, who: str, page: str, name: str, form: Form, field: str, sentence: str
) -> None:
    here, place = page.format(**vars(seeded)), f"{name}-{field}"
    status, shown = post(log_in(who), here, here, {"form": name, **form})
    assert status == 400
    assert f'href="#{place}">{sentence}' in shown
    assert f'id="{place}-fault">✕ {sentence}' in shown
    assert f'id="{place}" aria-invalid="true" aria-describedby="{place}-fault"' in shown
    assert "<title>Fout: " in shown
    typed = [text for key, text in form.items() if key in ("email", "number", "note", "name", "address", "at") and text]
    assert [text for text in typed if f'value="{text}"' not in shown] == []


def test_a_refused_password_is_not_shown_again(log_in: LogIn) -> None:
    form: Form = {"form": "password", "present": "een-oud-geheim", "password": "een-nieuw-geheim", "again": "anders"}
    _status, shown = post(log_in(CONSULTANT), "/mijn-login", "/mijn-login/wachtwoord", form)
    assert "De twee nieuwe wachtwoorden zijn niet gelijk: typ twee keer hetzelfde." in shown
    assert "geheim" not in shown


def test_a_callback_goes_to_nobody_who_is_ill_on_leave_or_away(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    client, path = log_in(LEAD), f"/terugbellen/{seeded.plain}"
    with office.sessions.begin() as session:
        session.add(ConsultantState(code="FLO", presence="away"))
    page = client.get(path).text
    assert '<optgroup label="Nu in dienst">' in page
    assert "Aïsha Siddiqi, tot 12.00</option>" in page
    assert "Eva Smit, verlof</option>" in page
    for code, why in (
        ("EVA", "Eva Smit kan niet bellen vóór 13.00 uur: verlof."),
        ("FLO", "Flora Bos kan niet bellen vóór 13.00 uur: afwezig."),
    ):
        status, page = post(client, path, path, {"form": "hand_over", "do": "hand_over", "to": code})
        assert (status, why in page) == (400, True)
    with office.sessions() as session:
        assert session.get_one(Callback, seeded.plain).owner == "CEM"


def test_the_link_of_a_callback_that_was_handed_over_says_so(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    with office.sessions.begin() as session:
        session.get_one(Callback, seeded.plain).owner = "AIS"
    client = log_in(CONSULTANT)
    answers = [client.get(f"/mijn/terugbellen/{this}") for this in (seeded.plain, 4711)]
    assert {answer.status_code for answer in answers} == {404}
    for answer in answers:  # nobody can tell by the answer which callbacks there are
        assert "Dit terugbelverzoek is niet van jou" in answer.text
        assert "Misschien is het overgedragen aan een collega: dan hoef je niets te doen." in answer.text
        assert 'href="/mijn">Naar mijn terugbelverzoeken</a>' in answer.text
