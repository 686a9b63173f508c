"""Lines are taken out of use on the page and by the command, never the last one, and their past stays."""

from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from callcenter.cli.lines import lines
from callcenter.directory.records import Contact
from callcenter.errors import InvalidInput
from callcenter.lines.records import BlockedNumber, Line
from callcenter.lines.register import add, own_numbers
from callcenter.office import Office
from tests.support.askers import a_cheap_login
from tests.web.conftest import LogIn, token_of
from tests.web.seed import ADMIN, NOW, PASSWORD, Seeded, a_call, a_callback

OLD, NEW = "+31858880000", "+31858880001"


def _remove(log_in: LogIn, number: str, sure: str = "yes") -> str:
    admin = log_in(ADMIN)
    data = {"number": number, "csrf_token": token_of(admin, "/beheer/lijnen"), "sure": sure}
    return admin.post(
        "/beheer/lijnen/weg", data=data, headers={"Referer": "http://localhost/beheer/lijnen"}, follow_redirects=True
    ).text


def _second_line(office: Office) -> int:
    with office.sessions.begin() as session:
        return add(session, NEW, "Leerplicht", NOW).id


def _in_use(office: Office) -> list[str]:
    with office.sessions() as session:
        return list(session.scalars(select(Line.number).where(Line.ended_at.is_(None))))


def test_the_last_line_is_kept_because_twilio_still_calls_it(log_in: LogIn, office: Office) -> None:
    assert "uit gebruik nemen" not in log_in(ADMIN).get("/beheer/lijnen").text
    assert "Dit is de laatste lijn en Twilio stuurt de oproepen ervan nog hierheen" in _remove(log_in, OLD)
    assert _in_use(office) == [OLD]


def test_another_line_goes_after_a_question_that_says_what_follows(log_in: LogIn, office: Office) -> None:
    line_id = _second_line(office)
    with office.sessions.begin() as session:
        session.add(a_call(77001, NOW - timedelta(days=2), "missed", line_id=line_id))
    asked = _remove(log_in, "085 888 0001", sure="")
    assert "085 888 0001 (Leerplicht) uit gebruik nemen?" in asked
    assert "hoort dat het niet in gebruik is" in asked
    assert _in_use(office) == [OLD, NEW]
    assert "is buiten gebruik" in _remove(log_in, "085 888 0001")
    assert _in_use(office) == [OLD]
    with office.sessions() as session:
        assert session.get_one(Line, line_id).ended_at is not None
        # Nobody is rung back on it either: it may be somebody else's by now, and it was ours.
        assert NEW in own_numbers(session)
    page = log_in(ADMIN).get("/beheer/logboek").text
    assert "nam een lijn uit gebruik" in page
    assert "085 888 0001 Leerplicht" in page


def test_a_line_is_kept_while_somebody_waits_for_it(log_in: LogIn, office: Office) -> None:
    line_id = _second_line(office)
    with office.sessions.begin() as session:
        session.add(a_callback(NOW, timedelta(hours=1), "CEM", None, line_id=line_id, number="+31612300001"))
    assert "staan nog terugbelverzoeken open (1)" in _remove(log_in, NEW)
    with office.sessions.begin() as session:
        session.add(a_call(77002, NOW, None, line_id=line_id))
    assert "Er is nu iemand aan deze lijn" in _remove(log_in, NEW)
    assert _in_use(office) == [OLD, NEW]


def test_an_added_number_is_in_use_again(log_in: LogIn, office: Office) -> None:
    line_id = _second_line(office)
    _remove(log_in, NEW)
    with office.sessions.begin() as session:
        assert add(session, NEW, "Leerplicht", NOW).id == line_id
    assert _in_use(office) == [OLD, NEW]


def test_the_command_does_the_same(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLCENTER_DATABASE_URL", str(office.engine.url))
    _second_line(office)
    no = CliRunner().invoke(lines, ["remove", NEW], input="n\n")
    assert no.exit_code == 1
    assert _in_use(office) == [OLD, NEW]
    yes = CliRunner().invoke(lines, ["remove", NEW, "--yes"])
    assert "give the number up at Twilio" in yes.stdout
    assert CliRunner().invoke(lines, ["list"]).stdout == f"{OLD} RBL\n"
    last = CliRunner().invoke(lines, ["remove", OLD, "--yes"])
    assert isinstance(last.exception, InvalidInput)
    assert "this is the last line, and Twilio still sends its calls here" in str(last.exception)


def test_a_number_is_checked(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    with office.sessions.begin() as session:
        session.add(BlockedNumber(number="+31612345678", reason="hijgt", created_at=NOW, created_by="x"))
        assert session.scalar(select(Contact.id)) is not None
    admin = log_in(ADMIN)
    for typed, said in (
        ("078 613 0001", "Het is van obs De Wegwijzer (school)."),
        ("085 888 0000", "Het is een lijn van onszelf."),
        ("06 35000001", "Het is de mobiel van Aïsha Siddiqi in het rooster."),
        ("0612345678", "Het is voorgoed geblokkeerd: hijgt"),
        ("0900 1234", "Met één druk terugbellen kan niet: "),
        ("twaalf", "Dit is geen telefoonnummer"),
    ):
        assert said in admin.get("/beheer/nummer", query_string={"number": typed}).text, typed


def test_no_role_is_chosen_beforehand_and_each_is_explained(log_in: LogIn) -> None:
    admin = log_in(ADMIN)
    for path in ("/beheer", "/beheer/sleutels"):
        page = admin.get(path).text
        roles = page.split('name="role"')[1].split("</select>")[0]
        assert roles.index("kies een rol") < roles.index("consulent")
        assert "selected" not in roles
        assert "mag wat een teamleider mag" in page
        data = {"email": "x@rbl.example", "name": "x", "days": "30", "role": "", "csrf_token": token_of(admin, path)}
        refused = admin.post(path, data=data, headers={"Referer": f"http://localhost{path}"}, follow_redirects=True)
        assert "Kies een van de rollen." in refused.text


def test_a_locked_login_is_unlocked_on_the_page(log_in: LogIn, office: Office) -> None:
    with office.sessions.begin() as session:
        a_cheap_login(session, NOW, "slot@rbl.example", "lead", PASSWORD, None)
    stranger = log_in(ADMIN).application.test_client()
    for _ in range(6):
        data = {"email": "slot@rbl.example", "password": "fout", "csrf_token": token_of(stranger, "/inloggen")}
        stranger.post("/inloggen", data=data)
    admin = log_in(ADMIN)
    assert "te veel verkeerde wachtwoorden" in admin.get("/beheer").text
    data = {"email": "slot@rbl.example", "do": "unlock", "csrf_token": token_of(admin, "/beheer")}
    page = admin.post("/beheer/gebruiker", data=data, follow_redirects=True).text
    assert "slot@rbl.example kan het opnieuw proberen." in page
    assert "te veel verkeerde wachtwoorden" not in page
