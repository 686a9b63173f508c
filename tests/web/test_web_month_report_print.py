"""The month report prints on one A4, also with a long name, a full month and all hours of the day."""

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from callcenter.directory.records import Contact
from callcenter.office import Office
from tests.web.seed import LEAD, NOW, PASSWORD, a_call

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

LONG = (
    "Stedelijke Scholengemeenschap voor Praktijkonderwijs en Voorbereidend Middelbaar Beroepsonderwijs te Papendrecht"
)


def test_the_report_prints_on_one_a4(browser: "Browser", address: str, office: Office) -> None:
    with office.sessions.begin() as session:
        school = session.get_one(Contact, 1)
        school.name = f"{LONG}, {LONG}"
        for hour in range(31 * 24):
            at = NOW.replace(month=5, day=1, hour=0) + timedelta(hours=hour)
            session.add(a_call(20000 + hour, at, ("answered", "missed")[hour % 2], school, wait_s=500.0))
        code = school.duo_code
    context = browser.new_context(locale="nl-NL")
    page = context.new_page()
    page.goto(f"{address}/inloggen?next=/rapport")
    page.fill("[name=email]", LEAD)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/rapport")
    for path in ("2027-05", f"2027-05/scholen/{code}"):
        page.goto(f"{address}/rapport/{path}")
        assert page.locator("svg rect.answered").count() >= 31 + 7 + 24
        pages = re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True, print_background=True))
        assert len(pages) == 1, path
    context.close()
