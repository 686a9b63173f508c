"""Logging in with the office account, at a provider that forges: who gets in, as what, and what is refused."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from callcenter.access.audit import latest
from callcenter.access.office_account.accounts import tie, untie
from callcenter.access.office_account.records import OfficeAccount
from callcenter.access.records import User
from callcenter.access.tokens import authenticate, create_token
from callcenter.access.users import disable_user, find_user
from callcenter.app import make_app
from callcenter.clock import VirtualClock
from callcenter.office import Office
from callcenter.rota import versions
from callcenter.settings import Settings
from tests.support.forging_provider import CLIENT_ID, CLIENT_SECRET, TENANT, ForgingProvider, instant, running
from tests.web.conftest import token_of
from tests.web.seed import ADMIN, CONSULTANT, LEAD, NOW, PASSWORD, ROTA

PUBLIC = "https://callcenter.example.nl"
BACK = f"{PUBLIC}/inloggen/kantoor/terug"
GROUPS = "lead=G-LEAD admin=g-admin consultant=G-CONSULTANT, consultant=Lijn.Consulent"
MEMBER = {"preferred_username": LEAD, "groups": ["g-lead"]}


@pytest.fixture
def provider(office: Office) -> Iterator[ForgingProvider]:
    """A provider in which the team lead is a member of the group of team leads."""
    with running(ForgingProvider(office.clock, BACK, claims=dict(MEMBER))) as provider:
        yield provider


Browser = Callable[[], FlaskClient]


@pytest.fixture
def browser_of(office: Office, provider: ForgingProvider) -> Browser:
    """Opens a new browser at an office whose accounts are the provider's."""
    use(office, provider)
    app = make_app(office)
    return app.test_client


def use(office: Office, provider: ForgingProvider, **more: str) -> None:
    """Give the office the settings of this provider."""
    values = office.settings.model_dump(by_alias=True, exclude_none=True, exclude_defaults=True)
    office.settings = Settings.model_validate(
        {
            **values,
            "CALLCENTER_OIDC_ISSUER": provider.issuer,
            "CALLCENTER_OIDC_CLIENT_ID": CLIENT_ID,
            "CALLCENTER_OIDC_CLIENT_SECRET": CLIENT_SECRET,
            "CALLCENTER_OIDC_GROUPS": GROUPS,
            **more,
        }
    )


def go(client: FlaskClient, query: str = "") -> str:
    """Go to the provider and log in there; the address that the browser is sent back to."""
    away = client.get(f"/inloggen/kantoor{query}", base_url=PUBLIC)
    assert away.status_code == 302, away.text
    return str(requests.get(away.location, allow_redirects=False, timeout=5).headers["Location"])


def come_back(client: FlaskClient, address: str) -> TestResponse:
    """Open the address that the provider sent the browser to."""
    return client.get(address.removeprefix(PUBLIC), base_url=PUBLIC)


def log_in_at_the_office(client: FlaskClient) -> TestResponse:
    """The whole way: to the provider and back."""
    return come_back(client, go(client))


def heading(answer: TestResponse) -> str:
    """The title of the page."""
    return str(re.findall(r"<h1>([^<]*)", answer.text)[0])


def login(office: Office, email: str) -> User:
    """The stored login of this address."""
    with office.sessions() as session:
        return session.scalars(select(User).where(User.email == email)).one()


def refusals(office: Office) -> list[tuple[str, dict[str, Any]]]:
    """The subject and detail of refused log-ins in the audit log, newest first."""
    with office.sessions() as session:
        return [(event.subject, event.detail) for event in latest(session) if event.action == "login_refused"]


def test_a_member_of_a_group_gets_in_as_what_the_group_says(browser_of: Browser, office: Office) -> None:
    client = browser_of()
    page = client.get("/inloggen?next=/oproepen", base_url=PUBLIC).text
    assert 'href="/inloggen/kantoor?next=/oproepen"' in page
    answer = come_back(client, go(client, "?next=/oproepen"))
    assert (answer.status_code, answer.location) == (303, "/oproepen")
    assert client.get("/oproepen", base_url=PUBLIC).status_code == 200
    assert client.get("/beheer", base_url=PUBLIC).status_code == 403


def test_the_session_ends_with_the_working_day(browser_of: Browser, office: Office) -> None:
    client = browser_of()
    log_in_at_the_office(client)
    assert isinstance(office.clock, VirtualClock)
    office.clock.advance(12 * 3600)
    assert client.get("/", base_url=PUBLIC).location.startswith("/inloggen")


FORGED: list[tuple[str, dict[str, Any]]] = [
    ("a nonce of another visit", {"claims": {"nonce": "n" * 32}}),
    ("no nonce", {"claims": {"nonce": None}}),
    ("another audience", {"claims": {"aud": "another-client"}}),
    ("another audience that names us as the client", {"claims": {"aud": "another-client", "azp": CLIENT_ID}}),
    ("two audiences and another client", {"claims": {"aud": [CLIENT_ID, "x"], "azp": "x"}}),
    ("no audience", {"claims": {"aud": None}}),
    ("another issuer", {"claims": {"iss": "https://login.microsoftonline.com/evil/v2.0"}}),
    ("an issuer that begins alike", {"claims": {"iss": f"http://127.0.0.1/{TENANT}/v2.0/more"}}),
    ("no issuer", {"claims": {"iss": None}}),
    ("expired", {"claims": {"exp": instant(NOW - timedelta(seconds=61))}}),
    ("no expiry", {"claims": {"exp": None}}),
    ("an expiry that is no number", {"claims": {"exp": "never"}}),
    ("not yet valid", {"claims": {"nbf": instant(NOW + timedelta(seconds=61))}}),
    ("made in the future", {"claims": {"iat": instant(NOW + timedelta(seconds=61))}}),
    ("no subject", {"claims": {"sub": None}}),
    ("another access token", {"claims": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}}),
    ("no signature", {"alg": "none"}),
    ("signed with our own secret", {"alg": "HS256", "secret_of": CLIENT_SECRET + CLIENT_SECRET}),
    ("signed with a key it does not publish", {"signs_with": "key-2"}),
]


def test_a_forged_token_lets_nobody_in(browser_of: Browser, provider: ForgingProvider, office: Office) -> None:
    honest = dict(vars(provider))
    for forgery, fields in FORGED:
        vars(provider).update(honest)
        for name, value in fields.items():
            setattr(provider, name, {**MEMBER, **value} if name == "claims" else value)
        client = browser_of()
        answer = log_in_at_the_office(client)
        assert (answer.status_code, heading(answer)) == (403, "Het inloggen kon niet worden gecontroleerd"), forgery
        assert client.get("/", base_url=PUBLIC).status_code == 302, forgery
    assert refusals(office) == [("office account", {"bad_token": len(FORGED)})]
    vars(provider).update(honest)
    assert log_in_at_the_office(browser_of()).status_code == 303


def test_clocks_may_differ_by_a_minute(browser_of: Browser, provider: ForgingProvider) -> None:
    ahead, behind = instant(NOW + timedelta(seconds=59)), instant(NOW - timedelta(seconds=59))
    for times in ({"iat": ahead, "nbf": ahead}, {"exp": behind}):
        provider.claims = {**MEMBER, **times}
        assert log_in_at_the_office(browser_of()).status_code == 303


def test_new_keys_of_the_provider_are_read_at_once(browser_of: Browser, provider: ForgingProvider) -> None:
    assert log_in_at_the_office(browser_of()).status_code == 303
    provider.publishes, provider.signs_with = ("key-2",), "key-2"
    assert log_in_at_the_office(browser_of()).status_code == 303


def test_the_way_back_works_once_and_in_the_browser_that_began_it(browser_of: Browser, office: Office) -> None:
    mine, theirs = browser_of(), browser_of()
    address = go(mine)
    for other in (theirs, browser_of()):
        answer = come_back(other, address)
        assert (answer.status_code, heading(answer)) == (400, "Dit inloggen is voorbij")
        go(theirs)  # a browser with a visit of its own has another state
    assert come_back(mine, address).status_code == 303
    assert come_back(mine, address).status_code == 400
    assert come_back(mine, f"{BACK}?code=x").status_code == 400
    assert refusals(office) == [("office account", {"no_visit": 4})]


def test_a_visit_lasts_a_quarter_of_an_hour(browser_of: Browser, office: Office) -> None:
    in_time, late = browser_of(), browser_of()
    addresses = [go(in_time), go(late)]
    assert isinstance(office.clock, VirtualClock)
    office.clock.advance(15 * 60)
    assert come_back(in_time, addresses[0]).status_code == 303
    office.clock.advance(1)
    assert come_back(late, addresses[1]).status_code == 400


def test_a_code_of_another_visit_is_refused_by_its_proof_key(browser_of: Browser, office: Office) -> None:
    mine, theirs = browser_of(), browser_of()
    code = parse_qs(urlsplit(go(theirs)).query)["code"][0]
    state = parse_qs(urlsplit(go(mine)).query)["state"][0]
    assert come_back(mine, f"{BACK}?code={code}&state={state}").status_code == 403
    assert come_back(mine, f"{BACK}?code={code}&state={state}").status_code == 400  # a visit ends when it failed, too
    assert refusals(office) == [("office account", {"code_refused": 1, "no_visit": 1})]


def test_a_stranger_cannot_let_us_ask_the_provider_all_day(
    browser_of: Browser, provider: ForgingProvider, office: Office
) -> None:
    client = browser_of()
    state = parse_qs(urlsplit(go(client)).query)["state"][0]
    with client.session_transaction(base_url=PUBLIC) as cookie:
        visits = dict(cookie["office_account"])
    statuses = []
    for _ in range(22):
        with client.session_transaction(base_url=PUBLIC) as cookie:
            cookie["office_account"] = visits  # the copy of a signed cookie
        statuses.append(come_back(client, f"{BACK}?code=guess&state={state}").status_code)
    assert statuses == [403] * 20 + [429] * 2
    assert provider.asked.count("/token") == 20
    # Who gets in uses no try up.
    assert isinstance(office.clock, VirtualClock)
    office.clock.advance(180)
    for _ in range(2):
        assert log_in_at_the_office(browser_of()).status_code == 303


def test_the_provider_says_no_and_its_words_are_shown_to_nobody(browser_of: Browser, office: Office) -> None:
    for error, title in (("access_denied", "Je bent niet ingelogd"), ("<b>evil", "Het inloggen kon niet worden")):
        client = browser_of()
        state = parse_qs(urlsplit(go(client)).query)["state"][0]
        answer = come_back(client, f"{BACK}?error={error}&error_description=Jan+Geheim&state={state}")
        assert title in heading(answer)
        assert "Geheim" not in answer.text
        assert "evil" not in answer.text
    with office.sessions() as session:
        assert "Geheim" not in str([(event.subject, event.detail) for event in latest(session)])


def test_the_host_of_a_request_changes_nothing(browser_of: Browser) -> None:
    client = browser_of()
    away = client.get("/inloggen/kantoor", base_url="http://evil.example").location
    assert parse_qs(urlsplit(away).query)["redirect_uri"] == [BACK]


def test_nobody_is_sent_to_another_site_afterwards(browser_of: Browser) -> None:
    for elsewhere in ("https://evil.example/", "//evil.example/", "/%5Cevil.example"):
        client = browser_of()
        assert come_back(client, go(client, f"?next={elsewhere}")).location == "/"


def test_groups_are_read_again_at_each_log_in(browser_of: Browser, provider: ForgingProvider, office: Office) -> None:
    client = browser_of()
    log_in_at_the_office(client)
    provider.claims["groups"] = ["g-lead", "G-ADMIN"]
    log_in_at_the_office(browser_of())
    assert client.get("/beheer", base_url=PUBLIC).status_code == 200
    provider.claims["groups"] = ["another"]
    answer = log_in_at_the_office(browser_of())
    assert (answer.status_code, heading(answer)) == (403, "Je hebt nog geen toegang")
    assert "in geen groep" in answer.text
    # Neither the page that is still open nor the password opens anything now.
    assert client.get("/", base_url=PUBLIC).status_code == 302
    assert login(office, LEAD).role == "none"
    provider.claims["groups"] = ["G-lead"]
    assert log_in_at_the_office(browser_of()).status_code == 303
    assert login(office, LEAD).role == "lead"


def test_whoever_may_do_less_keeps_no_token_that_may_do_more(
    browser_of: Browser, provider: ForgingProvider, office: Office
) -> None:
    provider.claims["groups"] = ["g-admin"]
    log_in_at_the_office(browser_of())
    with office.sessions.begin() as session:
        user_id = find_user(session, LEAD).id
        secrets = [create_token(session, NOW, role, owner_id=user_id) for role in ("lead", "admin")]
        programs = create_token(session, NOW, "admin", made_by_id=user_id)
    provider.claims["groups"] = ["g-lead"]
    log_in_at_the_office(browser_of())
    with office.sessions() as session:
        works = [authenticate(session, NOW, secret) is not None for secret in (*secrets, programs)]
    assert works == [True, False, True]


def test_a_lead_who_became_a_consultant_without_a_code_is_a_lead_no_more(
    browser_of: Browser, provider: ForgingProvider, office: Office
) -> None:
    client = browser_of()
    log_in_at_the_office(client)
    provider.claims["groups"] = ["g-consultant"]
    assert log_in_at_the_office(browser_of()).status_code == 403
    assert client.get("/oproepen", base_url=PUBLIC).status_code == 302
    assert login(office, LEAD).role == "none"


def test_tying_and_untying_by_hand_end_the_sessions_of_the_other_account(browser_of: Browser, office: Office) -> None:
    client = browser_of()
    for change in (untie, partial(tie, now=NOW, issuer="https://i.example", subject="another")):
        log_in_at_the_office(client)
        assert client.get("/", base_url=PUBLIC).status_code == 200
        with office.sessions.begin() as session:
            change(session, email=LEAD)
        assert client.get("/", base_url=PUBLIC).status_code == 302


def test_an_app_role_gives_a_role_like_a_group(browser_of: Browser, provider: ForgingProvider, office: Office) -> None:
    provider.claims = {
        "preferred_username": CONSULTANT,
        "roles": ["Lijn.Consulent"],
        "_claim_names": {"groups": "src1"},
    }
    answer = log_in_at_the_office(browser_of())
    assert (answer.status_code, answer.location) == (303, "/mijn")
    assert login(office, CONSULTANT).consultant == "CEM"


@pytest.mark.parametrize("left_out", [{"_claim_names": {"groups": "src1"}}, {"hasgroups": True}])
def test_too_many_groups_are_named_as_the_cause(
    browser_of: Browser, provider: ForgingProvider, office: Office, left_out: dict[str, Any]
) -> None:
    log_in_at_the_office(browser_of())
    provider.claims = {"preferred_username": LEAD, **left_out}
    answer = log_in_at_the_office(browser_of())
    assert answer.status_code == 403
    assert "zoveel groepen" in answer.text
    lead = f"user:{login(office, LEAD).id}"
    assert refusals(office) == [(lead, {"reason": "too_many_groups", "account": "object-1"})]
    assert login(office, LEAD).role == "lead"  # we do not know that the group is gone


def test_the_account_is_known_by_its_id_and_not_by_its_address(
    browser_of: Browser, provider: ForgingProvider, office: Office
) -> None:
    log_in_at_the_office(browser_of())
    provider.claims["preferred_username"] = "married@rbl.example"
    assert log_in_at_the_office(browser_of()).status_code == 303
    # A new colleague with the old address has another id.
    provider.claims = {**MEMBER, "oid": "object-2"}
    answer = log_in_at_the_office(browser_of())
    assert "hoort bij een ander kantooraccount" in answer.text
    assert "object-2" in answer.text
    with office.sessions.begin() as session:
        tie(session, NOW, provider.issuer, LEAD, "object-2")
    assert log_in_at_the_office(browser_of()).status_code == 303
    with office.sessions.begin() as session:
        assert session.scalars(select(OfficeAccount.subject)).all() == ["object-2"]
        untie(session, LEAD)
        assert session.scalars(select(OfficeAccount.subject)).all() == []


UNTRUSTED: list[dict[str, Any]] = [
    {"email": ADMIN},
    {"email": ADMIN, "email_verified": False, "preferred_username": None},
    {"email": ADMIN, "preferred_username": "guest_home.example#EXT#@rbl.example"},
    {"preferred_username": ADMIN, "idp": "https://sts.windows.net/other/"},
    {"preferred_username": ADMIN, "acct": 1},
    {"preferred_username": ADMIN, "tid": "99999999-2222-3333-4444-555555555555"},
    {"preferred_username": ADMIN, "tid": None},
]


def test_an_address_that_the_provider_does_not_confirm_takes_over_no_login(
    browser_of: Browser, provider: ForgingProvider, office: Office
) -> None:
    for claims in UNTRUSTED:
        provider.claims = {"groups": ["g-consultant"], **claims}
        answer = log_in_at_the_office(browser_of())
        assert answer.status_code == 403, claims
        assert "bevestigt je e-mailadres niet" in answer.text, claims
    with office.sessions() as session:
        assert session.scalars(select(OfficeAccount)).all() == []
    assert login(office, ADMIN).role == "admin"


@pytest.mark.parametrize("word", [{"email_verified": True}, {"email_verified": "true"}, {"xms_edov": "1"}], ids=str)
def test_a_confirmed_address_ties_the_account_to_its_login(
    browser_of: Browser, provider: ForgingProvider, office: Office, word: dict[str, Any]
) -> None:
    provider.claims = {"email": ADMIN.upper(), "groups": ["g-admin"], **word}
    assert log_in_at_the_office(browser_of()).status_code == 303
    with office.sessions() as session:
        tied = session.scalars(select(OfficeAccount)).one()
    assert (tied.user_id, tied.subject, tied.issuer) == (login(office, ADMIN).id, "object-1", provider.issuer)


def test_a_new_colleague_gets_a_login_and_a_consultant_the_code_of_the_rota(
    browser_of: Browser, provider: ForgingProvider, office: Office
) -> None:
    provider.claims = {"preferred_username": "eva@rbl.example", "groups": ["g-consultant"]}
    answer = log_in_at_the_office(browser_of())
    assert answer.status_code == 403
    assert "staat niet bij de consulenten" in answer.text
    files = {**ROTA, "consultants.csv": ROTA["consultants.csv"].replace("35000005;;", "35000005;Eva@RBL.example;")}
    with office.sessions.begin() as session:
        versions.load(session, {name: text.encode() for name, text in files.items()}, "team lead", NOW)
    assert log_in_at_the_office(browser_of()).location == "/mijn"
    eva = login(office, "eva@rbl.example")
    assert (eva.role, eva.consultant, eva.password_hash) == ("consultant", "EVA", None)


def test_whose_login_was_taken_away_stays_out(browser_of: Browser, office: Office) -> None:
    log_in_at_the_office(browser_of())
    with office.sessions.begin() as session:
        disable_user(session, NOW, LEAD)
    answer = log_in_at_the_office(browser_of())
    assert answer.status_code == 403
    assert "Je login is weggenomen" in answer.text


def test_while_the_provider_is_away_the_password_still_works(
    browser_of: Browser, provider: ForgingProvider, office: Office
) -> None:
    provider.breaks = "openid-configuration"
    client = browser_of()
    for _ in range(2):
        answer = client.get("/inloggen/kantoor", base_url=PUBLIC)
        assert (answer.status_code, heading(answer)) == (503, "Inloggen met het kantooraccount lukt nu niet")
    assert len(provider.asked) == 1  # it is not asked again at once
    form = {"email": LEAD, "password": PASSWORD, "csrf_token": token_of(client, "/inloggen")}
    assert client.post("/inloggen", data=form).status_code == 303


def test_a_provider_that_publishes_something_unsafe_is_not_used(office: Office, provider: ForgingProvider) -> None:
    use(office, provider)
    for discovery in (
        {"issuer": "https://login.microsoftonline.com/other/v2.0"},
        {"token_endpoint": "http://elsewhere.example/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"end_session_endpoint": "http://elsewhere.example/logout"},
        {"jwks_uri": None},
        {"filler": "x" * 600_000},
    ):
        provider.discovery = discovery
        client = make_app(office).test_client()  # a process that has not asked it before
        assert client.get("/inloggen/kantoor", base_url=PUBLIC).status_code == 503, str(discovery)[:80]


def test_a_provider_that_breaks_on_the_way_back_is_named(
    browser_of: Browser, provider: ForgingProvider, office: Office
) -> None:
    client = browser_of()
    address = go(client)
    provider.breaks = "/token"
    assert come_back(client, address).status_code == 503
    assert refusals(office) == [("office account", {"unreachable": 1})]


def test_logging_out_offers_to_log_out_at_the_provider_too(browser_of: Browser, provider: ForgingProvider) -> None:
    client = browser_of()
    log_in_at_the_office(client)
    page = client.get("/", base_url=PUBLIC).text
    token = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    answer = client.post("/uitloggen", data={"csrf_token": token}, base_url=PUBLIC, headers={"Referer": PUBLIC})
    assert answer.location == "/uitgelogd"
    assert "/inloggen/kantoor/uit" in client.get("/uitgelogd", base_url=PUBLIC).text
    away = urlsplit(client.get("/inloggen/kantoor/uit", base_url=PUBLIC).location)
    assert away.path == "/logout"
    assert parse_qs(away.query)["post_logout_redirect_uri"] == [f"{PUBLIC}/inloggen"]
    assert client.get("/", base_url=PUBLIC).status_code == 302


def test_without_a_provider_its_addresses_do_not_exist(office: Office) -> None:
    client = make_app(office).test_client()
    for path in ("/inloggen/kantoor", "/inloggen/kantoor/terug", "/inloggen/kantoor/uit", "/uitgelogd"):
        assert client.get(path).status_code == 404
    assert "kantooraccount" not in client.get("/inloggen").text
