"""The whole way through a real OpenID Connect server, over HTTP: log in, work, log out."""

import re
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from sqlalchemy import Engine
from werkzeug.serving import make_server

from callcenter.app import make_app, make_office
from callcenter.clock import SystemClock
from callcenter.settings import Settings
from tests.support.oidc_process import free_port, oidc_server, register
from tests.web.conftest import a_setting
from tests.web.seed import LEAD, Seeded

MANAGER = {"sub": "manager-1", "email": LEAD, "email_verified": True, "groups": ["leads"]}
STRANGER = {"sub": "stranger-1", "email": "stranger@rbl.example", "email_verified": True, "groups": ["others"]}


def test_the_whole_way_through_a_real_server(
    furnished: tuple[Path, Seeded],
    tmp_path: Path,
    open_engine: Callable[[str], Engine],
    caplog: pytest.LogCaptureFixture,
) -> None:
    shutil.copyfile(furnished[0], tmp_path / "office.db")
    engine = open_engine(f"sqlite:///{tmp_path / 'office.db'}")
    port = free_port()
    public = f"http://127.0.0.1:{port}"
    with oidc_server(MANAGER, STRANGER) as issuer:
        client_id, secret = register(issuer, f"{public}/inloggen/kantoor/terug")
        settings = Settings.model_validate(
            {
                **a_setting(str(engine.url)).model_dump(by_alias=True, exclude_none=True, exclude_defaults=True),
                "CALLCENTER_PUBLIC_URL": public,
                "CALLCENTER_OIDC_ISSUER": issuer,
                "CALLCENTER_OIDC_CLIENT_ID": client_id,
                "CALLCENTER_OIDC_CLIENT_SECRET": secret,
                "CALLCENTER_OIDC_GROUPS": "lead=leads",
                "CALLCENTER_OIDC_NAME": "RBL-account",
                "CALLCENTER_LOCAL_PASSWORDS": "off",
            }
        )
        server = make_server("127.0.0.1", port, make_app(make_office(settings, SystemClock(), engine)), threaded=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            _a_lead_comes_and_goes(public, issuer)
            refused = _log_in(requests.Session(), public, "stranger-1")
            assert refused.status_code == 403
            assert "in geen groep" in refused.text
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
    # Our own lines: the test's server also logs each address, as ours does not.
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("callcenter")]
    assert not [line for line in ours if secret in line or "code=" in line or LEAD in line]


def _log_in(browser: requests.Session, public: str, sub: str) -> requests.Response:
    """Press the button, log in at the provider as this person, and come back."""
    page = browser.get(f"{public}/inloggen?next=/cijfers", timeout=30).text
    assert "Inloggen met RBL-account" in page
    assert 'type="password"' not in page
    form = browser.get(f"{public}/inloggen/kantoor?next=/cijfers", timeout=30)
    assert form.url.startswith("http://127.0.0.1:")
    return browser.post(form.url, data={"sub": sub}, timeout=30)


def _a_lead_comes_and_goes(public: str, issuer: str) -> None:
    browser = requests.Session()
    page = _log_in(browser, public, "manager-1")
    assert (page.url, page.status_code) == (f"{public}/cijfers", 200)
    token = re.findall(r'name="csrf_token" value="([^"]+)"', page.text)[0]
    left = browser.post(f"{public}/uitloggen", data={"csrf_token": token}, timeout=30)
    assert left.url == f"{public}/uitgelogd"
    assert "Ook uitloggen bij het kantooraccount" in left.text
    assert browser.get(f"{public}/cijfers", allow_redirects=False, timeout=30).status_code == 302
    there = browser.get(f"{public}/inloggen/kantoor/uit", timeout=30)
    assert there.url.startswith(f"{issuer}/oauth2/end_session?")
