"""The filters of the list of calls keep each other: in the form, on its next pages, and when one is taken away."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.web.conftest import LogIn
from tests.web.seed import LEAD

FILTERS = {
    "counted": "1",
    "day": "2027-05-11",
    "last": "2027-06-08",
    "group": "school",
    "reached": "yes",
    "part": "answered",
    "weekday": "1",
    "hour": "9",
    "line": "1",
    "helped": "yes",
    "school": "05WE00",
}


def addresses(page: str) -> dict[str, str]:
    return {unescape(address): text for address, text in re.findall(r'href="(/oproepen\?[^"]*)"[^>]*>(.*?)</a>', page)}


def query_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def test_the_form_keeps_every_filter_that_it_has_no_field_for(log_in: LogIn) -> None:
    page = log_in(LEAD).get("/oproepen", query_string=FILTERS).text
    form = page.partition('<form method="get"')[2].partition("</form>")[0]
    fields = dict(re.findall(r'<input [^>]*name="(\w+)" value="([^"]*)"', form))
    fields |= dict(
        re.findall(r'<select [^>]*name="(\w+)">(?:(?!</select>).)*<option value="(\w+)" selected', form, re.S)
    )
    assert {name: value for name, value in fields.items() if value} == FILTERS


def test_each_chip_takes_away_its_own_filter_only(log_in: LogIn) -> None:
    page = log_in(LEAD).get("/oproepen", query_string=FILTERS).text
    taken = [FILTERS.keys() - query_of(address).keys() for address in addresses(page.partition("</form>")[2])]
    alone = [{name} for name in FILTERS if name not in ("day", "last")]
    assert sorted(map(sorted, taken)) == sorted(map(sorted, [*alone, {"day", "last"}]))


def test_the_next_page_and_its_chips_keep_the_filters(log_in: LogIn) -> None:
    client, wanted = log_in(LEAD), {"counted": "1", "group": "school", "reached": "yes"}
    page = client.get("/oproepen", query_string=wanted).text
    (older,) = [address for address, text in addresses(page).items() if "→" in text]
    assert query_of(older).items() > wanted.items()
    removed = [query_of(address) for address, text in addresses(client.get(older).text).items() if "✕" in text]
    assert len(removed) == 3
    assert all("cursor" not in query for query in removed)


@pytest.mark.parametrize("query", ["part=nonsense", "weekday=9", "hour=-1", "reached=maybe", "line=x", "within_s=0"])
def test_a_filter_that_is_not_understood_narrows_nothing_and_says_nothing(log_in: LogIn, query: str) -> None:
    client = log_in(LEAD)
    page = client.get(f"/oproepen?{query}").text
    assert re.findall(r'data-total="\d+"', page) == re.findall(r'data-total="\d+"', client.get("/oproepen").text)
    assert "✕</span></a>" not in page


def test_an_hour_and_a_weekday_narrow_the_list_without_days_too(log_in: LogIn) -> None:
    client = log_in(LEAD)
    of_hours = [total(client.get(f"/oproepen?hour={hour}").text) for hour in range(24)]
    of_weekdays = [total(client.get(f"/oproepen?weekday={index}").text) for index in range(7)]
    every = total(client.get("/oproepen").text)
    assert sum(of_hours) == sum(of_weekdays) == every
    assert max(of_hours) < every
    assert of_weekdays[5:] == [0, 0]
    assert "van 9 tot 10 uur" in client.get("/oproepen?hour=9").text.partition('class="count"')[0]


def test_a_cell_that_says_nothing_is_left_out_on_telephones(log_in: LogIn) -> None:
    page = log_in(LEAD).get("/oproepen?outcome=missed").text
    rows = re.findall(r'<tr><th scope="row".*?</tr>', page, re.S)
    assert rows
    assert all('class="in none" data-head="Aangenomen door"' in row for row in rows)
    assert all('class="num in" data-head="Wachttijd"' in row for row in rows)


def total(page: str) -> int:
    return int(re.findall(r'data-total="(\d+)"', page)[0])
