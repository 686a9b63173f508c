"""The pages work on PostgreSQL as on SQLite."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from callcenter.app import make_app, make_office
from callcenter.clock import VirtualClock
from tests.web.conftest import a_setting, token_of
from tests.web.seed import ADMIN, CONSULTANT, LEAD, NOW, PASSWORD, seed

PAGES = {
    LEAD: (
        "/",
        "/oproepen?school=05WE00&counted=1",
        "/oproepen?counted=1&day=2027-06-01&last=2027-06-08&weekday=1&hour=9&helped=no&within_s=25",
        "/oproepen/{missed}",
        "/terugbellen/beloften?day=2027-06-01&last=2027-06-08&kept=no&group=school",
        "/terugbellen?show=unowned",
        "/terugbellen?show=risk",
        "/terugbellen?show=closed",
        "/terugbellen.csv",
        "/terugbellen/{heard}",
        "/rooster",
        "/rooster/versies",
        "/cijfers?group=school",
        "/scholen?q=wegwijzer",
        "/scholen/05WE00",
        "/wand",
    ),
    CONSULTANT: ("/mijn", "/mijn/terugbellen/{heard}", "/berichten/{voicemail}"),
    ADMIN: ("/beheer", "/beheer/sleutels", "/beheer/lijnen", "/beheer/geblokkeerd", "/beheer/teksten"),
}


@pytest.mark.postgres
def test_every_page_is_answered_from_postgresql(postgresql_url: str, open_engine: Callable[[str], Engine]) -> None:
    office = make_office(a_setting(postgresql_url), VirtualClock(NOW), open_engine(postgresql_url))
    with office.sessions.begin() as session:
        ids = seed(session)
    app = make_app(office)
    for email, paths in PAGES.items():
        client = app.test_client()
        form = {"email": email, "password": PASSWORD, "csrf_token": token_of(client, "/inloggen")}
        assert client.post("/inloggen", data=form).status_code == 303
        answers = {path: client.get(path.format(**vars(ids))).status_code for path in paths}
        assert {path: status for path, status in answers.items() if status != 200} == {}
