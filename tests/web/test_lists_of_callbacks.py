"""The lead's list of callbacks says how many it has, keeps its filters, and shows closed ones of every result."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from callcenter.app import make_app, make_office
from callcenter.callbacks.queries import Filters, closed_listing, how_many
from callcenter.clock import VirtualClock
from callcenter.office import Office
from tests.web.conftest import LogIn, a_setting, token_of
from tests.web.seed import LEAD, NOW, PASSWORD, a_callback, seed

ENDS = ("reached", "cancelled", "unreachable", "resolved")


def _more_closed(office: Office) -> None:
    """Four more that were closed, one an hour, each in another way; the one of the seed was closed 21 hours ago."""
    with office.sessions.begin() as session:
        for hours, state in enumerate(ENDS, start=1):
            closed_at = NOW - timedelta(hours=hours)
            session.add(
                a_callback(
                    NOW - timedelta(days=2),
                    -timedelta(hours=30 - hours),
                    "CEM" if hours % 2 else "BRA",
                    None,
                    number=f"+3161234560{hours}",
                    state=state,
                    closed_at=closed_at,
                    closed_in_time=True,
                )
            )


def rows(page: str) -> list[str]:
    return re.findall(r'<tr[^>]*>\s*(?:<td class="pick">.*?</td>\s*)?<th scope="row">.*?</tr>', page, re.S)


def total(page: str) -> int:
    return int(re.findall(r'data-total="(\d+)"', page)[0])


def test_closed_ones_of_every_result_stand_together_latest_closed_first(log_in: LogIn, office: Office) -> None:
    _more_closed(office)
    client = log_in(LEAD)
    page = client.get("/terugbellen?show=closed").text
    assert total(page) == len(rows(page)) == 5
    numbers = [re.findall(r"06 1234560(\d)", row) for row in rows(page)]
    assert numbers == [["1"], ["2"], ["3"], ["4"], []]
    only = client.get("/terugbellen?show=closed&state=cancelled").text
    assert total(only) == len(rows(only)) == 1
    assert 'name="state"' in only


@pytest.mark.parametrize("show", ["open", "overdue", "risk", "unowned"])
@pytest.mark.parametrize(
    "more", [{}, {"owner": "CEM"}, {"reason": "voicemail"}, {"owner": "BRA", "reason": "abandoned"}]
)
def test_each_choice_counts_what_it_leads_to(log_in: LogIn, show: str, more: dict[str, str]) -> None:
    client = log_in(LEAD)
    page = client.get("/terugbellen", query_string=more).text
    (address, label) = next(
        (address.replace("&amp;", "&"), label)
        for address, label in re.findall(r'<li><a href="(/terugbellen\?[^"]*)"[^>]*>(.*?)</a>', page)
        if parse_qs(urlsplit(address.replace("&amp;", "&")).query).get("show") == [show]
    )
    counted = re.findall(r"<strong>(\d+)</strong>", label)
    listed = client.get(address).text
    assert [str(total(listed))] == counted
    assert total(listed) == len(rows(listed))


def test_a_chip_takes_a_filter_away_and_the_form_keeps_it(log_in: LogIn) -> None:
    client = log_in(LEAD)
    page = client.get("/terugbellen?show=open&owner=CEM&reason=voicemail").text
    form = page.partition('<form method="get"')[2].partition("</form>")[0]
    assert '<option value="CEM" selected' in form
    assert '<option value="voicemail" selected' in form
    chips = [
        parse_qs(urlsplit(address.replace("&amp;", "&")).query)
        for address in re.findall(r'href="([^"]*)"><span class="visually-hidden">Haal het filter weg', page)
    ]
    assert chips == [{"show": ["open"], "reason": ["voicemail"]}, {"show": ["open"], "owner": ["CEM"]}]


def _a_lead(engine: Engine) -> tuple[Office, FlaskClient]:
    office = make_office(a_setting(str(engine.url)), VirtualClock(NOW), engine)
    with office.sessions.begin() as session:
        seed(session)
    client = make_app(office).test_client()
    form = {"email": LEAD, "password": PASSWORD, "csrf_token": token_of(client, "/inloggen")}
    assert client.post("/inloggen", data=form).status_code == 303
    return office, client


def test_pages_of_closed_ones_go_on_where_the_page_before_ended(engine: Engine) -> None:
    office, client = _a_lead(engine)
    _more_closed(office)
    with office.sessions() as session:
        wanted, found, cursor = Filters(state="closed"), list[int](), None
        while True:
            page = closed_listing(session, wanted, 2, cursor)
            found += [one.id for one in page.items]
            cursor = page.next
            if cursor is None:
                break
        assert found == [one.id for one in closed_listing(session, wanted, 50).items]
        assert len(found) == how_many(session, wanted) == 5
    assert total(client.get("/terugbellen?show=closed").text) == 5


def test_lists_of_schools_and_the_log_say_how_many_rows_they_have(engine: Engine) -> None:
    _office, client = _a_lead(engine)
    assert total(client.get("/scholen").text) == 3
    assert total(client.get("/scholen?q=dordrecht").text) == 2
    # A beginning of a number, as far as somebody remembers it.
    assert total(client.get("/scholen?q=078-613+000").text) == 2
    assert total(client.get("/scholen?q=0183630003").text) == 1
    assert "Geen school gevonden" in client.get("/scholen?q=0201234567").text
