"""The month report on the pages, who gets it by mail, and the CSV files of what the pages show."""

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from callcenter.access.records import AuditEvent
from callcenter.calls.call import Call
from callcenter.office import Office
from callcenter.reachability.queries import period
from callcenter.reports.records import ReportRecipient
from callcenter.rota import versions
from callcenter.routing.records import SurveyAnswer
from callcenter.web.csv_text import csv_text
from tests.web.conftest import LogIn, token_of
from tests.web.seed import LEAD, NOW, a_call


def rows_of(log_in: LogIn, address: str) -> list[dict[str, str]]:
    """The rows of a CSV file, as a spreadsheet reads them."""
    answer = log_in(LEAD).get(address)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";", strict=True))


def last_audit(office: Office) -> tuple[str, str]:
    with office.sessions() as session:
        event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
        assert event is not None
        return event.action, event.subject or ""


def test_the_report_of_a_month_is_a_page_and_a_pdf(log_in: LogIn, office: Office) -> None:
    client = log_in(LEAD)
    page = client.get("/rapport/2027-05").text
    assert "Bereikbaarheid mei 2027" in page
    with office.sessions() as session:
        rota = versions.active_rota(session)
        assert rota is not None
        may = NOW.date().replace(month=5, day=1)
        total = period(session, rota, NOW, may, may.replace(month=6)).total
    assert f"({total.answered} van {total.offered})" in page
    answer = client.get("/rapport/2027-05.pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.data.startswith(b"%PDF-")
    assert "rapport-2027-05.pdf" in answer.headers["Content-Disposition"]
    assert last_audit(office) == ("report_exported", "reports")


def test_the_report_of_a_school_names_no_other_school(log_in: LogIn) -> None:
    client = log_in(LEAD)
    assert "/rapport/2027-06/scholen/05WE00" in client.get("/scholen/05WE00").text
    page = client.get("/rapport/2027-06/scholen/05WE00").text
    assert "obs De Wegwijzer" in page
    assert "alle scholen" in page
    assert "Insula" not in page
    assert "Verrekijker" not in page


@pytest.mark.parametrize(
    "address",
    ["2027-07", "2027-13", "nu", "1969-01", "2027-05-01", "2027-05/scholen/00XX00", "2027-05/scholen/00XX00.pdf"],
)
def test_a_month_or_school_that_is_not_there_is_not_found(log_in: LogIn, address: str) -> None:
    assert log_in(LEAD).get(f"/rapport/{address}").status_code == 404


def test_the_lead_names_who_gets_it_by_mail_and_takes_them_off_again(log_in: LogIn, office: Office) -> None:
    client = log_in(LEAD)
    form = {"csrf_token": token_of(client, "/rapport"), "address": "Manager@Example.nl "}
    page = client.post("/rapport", data=form, follow_redirects=True).text
    assert "manager@example.nl" in page
    assert "Er is geen mailserver ingesteld" in page
    client.post("/rapport", data=form)
    assert last_audit(office) == ("report_recipient_added", "report_recipient:1")
    refused = client.post("/rapport", data={**form, "address": "a@example.nl, b@example.nl"})
    assert refused.status_code == 400
    assert "geen e-mailadres" in refused.text
    with office.sessions() as session:
        assert session.scalar(select(func.count(ReportRecipient.id))) == 1
    gone = {**form, "recipient": "1", "sure": "yes"}
    assert "manager@example.nl" not in client.post("/rapport/ontvangers/weg", data=gone, follow_redirects=True).text
    assert last_audit(office) == ("report_recipient_removed", "report_recipient:1")
    assert client.post("/rapport/ontvangers/weg", data=gone).status_code == 303


def test_the_figures_are_the_same_in_the_file_as_in_the_product(log_in: LogIn, office: Office) -> None:
    rows = rows_of(log_in, "/cijfers.csv?from=2027-05-31&to=2027-06-06&group=school")
    with office.sessions() as session:
        rota = versions.active_rota(session)
        assert rota is not None
        first = (NOW - timedelta(days=8)).date()
        report = period(session, rota, NOW, first, first + timedelta(days=7), group="school")
    assert [row["wat"] for row in rows] == ["dag"] * len(report.items) + ["hele periode"]
    for row, figures in zip(rows, [*(item.figures for item in report.items), report.total], strict=True):
        assert int(row["aangeboden oproepen"]) == figures.offered
        assert int(row["beantwoorde oproepen"]) == figures.answered
        assert int(row["oproepen waarvan de beller geholpen is"]) == figures.helped
        assert row["Groep"] == "school"
        of = "deel van de aangeboden oproepen dat beantwoord is (0 tot 1)"
        shown = f"{figures.reachability:.4f}".replace(".", ",") if figures.offered >= 10 else ""
        assert row[of] == shown
    assert (rows[-1]["van dag"], rows[-1]["tot en met dag"]) == ("2027-05-31", "2027-06-06")
    assert last_audit(office) == ("list_exported", "figures")
    assert log_in(LEAD).get("/cijfers.csv?line=2").status_code == 404  # as the page: there is no such line


def test_the_file_of_calls_holds_all_pages_of_the_list_and_the_same_ones(log_in: LogIn, office: Office) -> None:
    with office.sessions() as session:
        everything = session.scalar(select(func.count(Call.id)))
        missed = session.scalar(select(func.count(Call.id)).where(Call.outcome == "missed"))
    assert len(rows_of(log_in, "/oproepen.csv?cursor=ignored&endpoint=x")) == everything
    rows = rows_of(log_in, "/oproepen.csv?outcome=missed")
    assert len(rows) == missed
    assert {row["Afloop"] for row in rows} == {"gemist"}
    assert 'href="/oproepen.csv?outcome=missed"' in log_in(LEAD).get("/oproepen?outcome=missed").text


def test_no_name_becomes_a_formula(log_in: LogIn, office: Office) -> None:
    with office.sessions.begin() as session:
        session.add(a_call(9001, NOW, "missed", caller_name="=HYPERLINK(1)", caller_place=" @SUM(1)", wait_s=3.0))
    row = rows_of(log_in, "/oproepen.csv")[0]
    assert (row["Beller"], row["Plaats"]) == ("'=HYPERLINK(1)", "' @SUM(1)")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "  ="])
def test_each_start_of_a_formula_is_guarded(start: str) -> None:
    (row,) = csv.reader(io.StringIO(csv_text([[f"{start}1", "1=2"]]), newline=""), delimiter=";")
    assert row == [f"'{start}1", "1=2"]


def test_the_schools_come_with_their_calls_of_the_last_year(log_in: LogIn, office: Office) -> None:
    rows = {row["Code"]: row for row in rows_of(log_in, "/scholen.csv")}
    assert len(rows) == 3
    with office.sessions() as session:
        offered = session.scalar(
            select(func.count(Call.id)).where(Call.caller_name == "obs De Wegwijzer", Call.counted)
        )
    assert int(rows["05WE00"]["aangeboden oproepen"]) == offered
    assert [row["School"] for row in rows_of(log_in, "/scholen.csv?q=insula")] == [rows["14IX00"]["School"]]


def test_the_survey_says_day_and_group_but_no_number(log_in: LogIn, office: Office) -> None:
    answer = log_in(LEAD).get("/belpeiling.csv?period=month")
    rows = rows_of(log_in, "/belpeiling.csv?period=month")
    with office.sessions() as session:
        answers = session.scalar(select(func.count(SurveyAnswer.id)).where(SurveyAnswer.at >= NOW - timedelta(days=28)))
    assert 0 < sum(int(row["antwoorden"]) for row in rows) <= (answers or 0)
    assert {row["Groep"] for row in rows} == {"school", "onbekend"}
    assert "+31" not in answer.text
    assert "06 " not in answer.text
    assert {row["Groep"] for row in rows_of(log_in, "/belpeiling.csv?group=school")} == {"school"}


def test_a_list_that_is_too_long_says_so(log_in: LogIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callcenter.web.csv_text.MOST_ROWS", 60)
    rows = rows_of(log_in, "/oproepen.csv")
    assert len(rows) == 61
    assert next(iter(rows[-1].values())).startswith("Het zijn er meer dan 60")


def test_a_month_that_is_typed_leads_to_its_report(log_in: LogIn) -> None:
    assert log_in(LEAD).get("/rapport?month=2027-05").location == "/rapport/2027-05"
    assert "mei 2027" in log_in(LEAD).get("/rapport?month=x").text
