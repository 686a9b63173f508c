"""The team lead's pages: board, calls, callbacks, rota, figures and schools."""

import csv
import io
import re
from datetime import timedelta

from sqlalchemy import event, select

from callcenter.access.records import AuditEvent
from callcenter.callbacks.records import Callback
from callcenter.calls.call import Call
from callcenter.calls.records import CallDecision
from callcenter.office import Office
from tests.web.conftest import LogIn, token_of
from tests.web.seed import LEAD, NOW, Seeded, a_callback


def plain(page: str) -> str:
    """The text of a page, without its tags."""
    return re.sub(r"<[^>]*>", "", page)


def test_the_board_tells_how_reachable_we_are_and_what_would_help(log_in: LogIn) -> None:
    page = log_in(LEAD).get("/").text
    assert "9 van 15" in plain(page)
    assert "Open tot 17.00" in page
    assert "In dienst (2 van 5 oproepbaar)" in page
    assert 'in gesprek <span class="figure">3:12</span>' in page
    assert "12.00–12.30: niemand ingepland." in page
    assert "1 terugbelverzoek is van niemand." in page


def test_the_board_says_that_a_caller_waits_once_all_steps_were_tried(log_in: LogIn, office: Office) -> None:
    client = log_in(LEAD)
    assert "trap 2" in client.get("/").text
    with office.sessions.begin() as session:
        waiting = session.scalars(select(Call).where(Call.ended_at.is_(None), Call.state == "ringing")).one()
        waiting.tier = 4
    page = client.get("/").text
    assert "wacht op wie vrijkomt" in page
    assert "trap 5" not in page


def test_a_figure_leads_to_the_calls_behind_it(log_in: LogIn) -> None:
    client = log_in(LEAD)
    assert '<a href="/oproepen?counted=1&amp;day=2027-06-08" data-count="15">60%</a>' in client.get("/").text
    page = client.get("/oproepen?day=2027-06-08&from=9.00&to=9.30&outcome=voicemail").text
    assert page.count("/oproepen/") == 2
    assert "2 oproepen" in page
    assert "obs De Wegwijzer" in page


def test_older_calls_are_a_click_away_and_none_comes_twice(log_in: LogIn) -> None:
    client, address, seen = log_in(LEAD), "/oproepen", []
    for _ in range(4):
        page = client.get(address).text
        seen += re.findall(r"/oproepen/(\d+)", page)
        address = re.findall(r'href="(/oproepen\?cursor=[^"]+)"', page)[0].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 200


def test_one_call_says_why_each_colleague_was_not_rung(log_in: LogIn, seeded: Seeded) -> None:
    page = log_in(LEAD).get(f"/oproepen/{seeded.missed}").text
    assert "Aïsha Siddiqi: opgenomen, niemand toetste 1" in page
    assert "Cem Özdemir: pauze tot 10.12" in page
    assert "Eva Smit: verlof" in page
    assert "iedereen is geprobeerd" in page
    assert "Terugbellen vóór 10.25 uur, door Cem Özdemir." in page


def test_one_call_counts_nobody_as_rung_who_only_was_the_next(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    with office.sessions.begin() as session:
        decided = session.scalars(
            select(CallDecision).where(CallDecision.call_id == seeded.missed, CallDecision.title == "region")
        ).one()
        decided.reasons = [*decided.reasons[:3], {"consultant": "DIR", "reason": "offered", "rank": 2}]
        waits = {"consultant": "AIS", "reason": "on_call", "waited_for": True}
        at = decided.at + timedelta(seconds=30)
        session.add(CallDecision(call_id=seeded.missed, at=at, title="wait", reasons=[waits]))
    page = log_in(LEAD).get(f"/oproepen/{seeded.missed}").text
    assert "Bram Visser: gebeld #1" in page
    assert "Dirkje van der Meulen-Hoogstraten: was de volgende</li>" in page
    assert "Niemand vrij: wachten op wie vrijkomt" in page
    assert "Aïsha Siddiqi: in gesprek, <strong>op deze collega werd gewacht</strong>" in page


def test_a_caller_without_a_number_was_promised_no_time(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    client = log_in(LEAD)
    with office.sessions.begin() as session:
        session.get_one(Call, seeded.missed).promised_at = NOW + timedelta(minutes=20)
    assert "Aan de beller beloofd" in client.get(f"/oproepen/{seeded.missed}").text
    with office.sessions.begin() as session:
        session.get_one(Call, seeded.missed).from_number = None
    assert "Aan de beller beloofd" not in client.get(f"/oproepen/{seeded.missed}").text


def test_callbacks_of_a_sick_colleague_are_handed_over_together(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    client = log_in(LEAD)
    token = token_of(client, "/terugbellen?owner=CEM")
    form = {"csrf_token": token, "whole": "on", "show": "open", "owner": "CEM", "do": "hand_over", "to": "BRA"}
    assert client.post("/terugbellen/samen", data=form).status_code == 303
    with office.sessions() as session:
        owners = session.scalars(select(Callback.owner).where(Callback.id.in_([seeded.heard, seeded.plain]))).all()
    assert owners == ["BRA", "BRA"]
    assert "2 terugbelverzoeken gewijzigd." in client.get("/terugbellen").text


def test_a_promise_is_moved_and_cancelled_with_a_reason(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    client = log_in(LEAD)
    token = token_of(client, "/terugbellen")
    form = {"csrf_token": token, "id": [seeded.heard], "do": "due", "due_at": "2027-06-08T16:00"}
    client.post("/terugbellen/samen", data=form)
    form = {"csrf_token": token, "id": [seeded.plain], "do": "cancel", "because": "dubbel"}
    client.post("/terugbellen/samen", data=form)
    form = {"csrf_token": token, "id": [seeded.plain], "do": "cancel", "because": "nog eens"}
    client.post("/terugbellen/samen", data=form)
    assert "1 kon niet worden gewijzigd" in client.get("/terugbellen").text
    with office.sessions() as session:
        assert session.get_one(Callback, seeded.heard).due_at == NOW + timedelta(hours=6)
        assert session.get_one(Callback, seeded.plain).cancel_reason == "dubbel"


def test_what_is_at_risk_stands_apart(log_in: LogIn) -> None:
    client = log_in(LEAD)
    assert "Insula College" in client.get("/terugbellen?show=overdue").text
    risk = client.get("/terugbellen?show=risk").text
    assert "obs De Wegwijzer" in risk
    assert "Insula College" not in risk
    assert "cbs De Verrekijker" in client.get("/terugbellen?owner=-").text


def test_the_list_opens_in_a_spreadsheet_and_no_cell_becomes_a_formula(log_in: LogIn, office: Office) -> None:
    with office.sessions.begin() as session:
        session.add(a_callback(NOW, timedelta(hours=2), "BRA", None, number="+31612345699", note="=HYPERLINK(1)"))
    answer = log_in(LEAD).get("/terugbellen.csv")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == 5
    assert rows[1]["Beller"] == "obs De Wegwijzer"
    assert rows[1]["Nummer"] == "078 613 0001"
    assert "'=HYPERLINK(1)" in [row["Notitie"] for row in rows]
    with office.sessions() as session:
        assert session.scalars(select(AuditEvent.action).order_by(AuditEvent.id.desc())).first() == "callbacks_exported"


def test_how_often_a_due_time_was_moved_is_seen_everywhere(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    client = log_in(LEAD)
    address = f"/terugbellen/{seeded.heard}"
    assert "verplaatst" not in client.get(address).text + client.get("/terugbellen").text
    for day in (9, 10, 11):
        form = {"csrf_token": token_of(client, address), "do": "due", "due_at": f"2027-06-{day:02}T11:00"}
        client.post(address, data=form)
    assert "3×\N{NO-BREAK SPACE}verplaatst" in client.get(address).text
    assert client.get("/terugbellen").text.count("3×\N{NO-BREAK SPACE}verplaatst") == 1
    rows = csv.DictReader(io.StringIO(client.get("/terugbellen.csv").data.decode("utf-8-sig")), delimiter=";")
    assert sorted(row["keren verplaatst"] for row in rows) == ["0", "0", "0", "3"]


def test_a_callback_made_by_hand_knows_the_school(log_in: LogIn, office: Office) -> None:
    client = log_in(LEAD)
    token = token_of(client, "/terugbellen")
    form = {"csrf_token": token, "number": "078 - 613 00 02", "note": "belde de receptie"}
    page = client.post("/terugbellen", data=form, follow_redirects=True).text
    assert "Insula College" in page
    assert "belde de receptie" in page


def test_bad_input_comes_back_to_the_form_in_the_readers_language(log_in: LogIn) -> None:
    client = log_in(LEAD)
    form = {"csrf_token": token_of(client, "/terugbellen"), "number": "geen nummer"}
    headers = {"Referer": "http://localhost/terugbellen"}
    page = client.post("/terugbellen", data=form, headers=headers, follow_redirects=True).text
    assert "Dit is geen geldig telefoonnummer." in page


def test_the_rota_shows_its_gap_and_explains_itself(log_in: LogIn) -> None:
    page = log_in(LEAD).get("/rooster?who=EVA&at=2027-06-08T10:00").text
    assert "12.00–12.30" in page
    assert "met verlof" in page
    assert "exceptions.csv:2" in page


def test_a_consultant_does_not_read_why_a_colleague_is_absent(log_in: LogIn) -> None:
    page = log_in("cem@rbl.example").get("/rooster").text
    assert "verlof" not in page
    assert "afwezig" in page


def test_a_rota_with_errors_is_refused_with_every_fault_and_the_old_one_stays(log_in: LogIn) -> None:
    client = log_in(LEAD)
    form = {
        "csrf_token": token_of(client, "/rooster/versies"),
        "files": [
            (io.BytesIO(b"code;name;mobile\nAIS;A;06 35000001\nBRA;B;12\n"), "consultants.csv"),
            (io.BytesIO(b"consultant;days;from;to\nXYZ;mon;9:00;9:00\n"), "shifts.csv"),
            (io.BytesIO(b'[open]\nmon-fri=["08:30-17:00"]\n'), "policy.toml"),
        ],
    }
    page = client.post("/rooster/versies", data=form, content_type="multipart/form-data").text
    assert "Er is niets geladen" in page
    assert "consultants.csv:3" in page
    assert "shifts.csv:2" in page
    assert "Cem Özdemir" in client.get("/rooster").text


def test_a_school_with_few_calls_gets_a_count_and_learns_a_number(log_in: LogIn, office: Office) -> None:
    client = log_in(LEAD)
    assert "obs De Wegwijzer" in client.get("/scholen?q=wegwijzer").text
    page = client.get("/scholen/05WE00").text
    assert "Aïsha Siddiqi" in page
    form = {"csrf_token": token_of(client, "/scholen/05WE00"), "number": "078 613 00 09"}
    assert "078 613 0009" in client.post("/scholen/05WE00/nummers", data=form, follow_redirects=True).text


def test_no_page_asks_more_of_the_database_as_callbacks_and_calls_grow(log_in: LogIn, office: Office) -> None:
    client = log_in(LEAD)
    with office.sessions.begin() as session:
        session.add_all(
            a_callback(NOW, timedelta(minutes=n), "BRA", None, number=f"+316{n:08d}") for n in range(10000000, 10000500)
        )
    client.get("/")  # asks what stands of the first steps, until all of it does
    statements: list[str] = []
    event.listen(office.engine, "before_cursor_execute", lambda *found: statements.append(found[2]))
    for path, most in (("/", 18), ("/terugbellen", 8), ("/oproepen", 8)):
        statements.clear()
        assert client.get(path).status_code == 200
        assert len(statements) <= most, path
