"""Who may do what: every route, kind of visitor and method in one table. A route that is not in it fails a test."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from callcenter.access.tokens import create_token, revoke_token
from callcenter.access.users import add_user
from callcenter.access.wall_links import create_link
from callcenter.office import Office
from tests.web.conftest import LogIn, token_of
from tests.web.seed import ADMIN, CONSULTANT, LEAD, NOW, PASSWORD, Seeded

COLLEAGUE = "ais@rbl.example"
STRANGER = "a stranger"
PAGES = (STRANGER, CONSULTANT, COLLEAGUE, LEAD, ADMIN)
# What a visitor gets. IN: whatever the route does, such as a page or a remark on an empty form.
IN, LOGIN, DENIED, NOTHING = "in", "sent to the log-in page", "403", "404"
UNKNOWN_TOKEN = "401"

Expected = Mapping[str, str]


def _pages(stranger: str, consultant: str, colleague: str, lead: str, admin: str) -> Expected:
    return dict(zip(PAGES, (stranger, consultant, colleague, lead, admin), strict=True))


PUBLIC = _pages(IN, IN, IN, IN, IN)
EVERYONE = _pages(LOGIN, IN, IN, IN, IN)
LEADS = _pages(LOGIN, DENIED, DENIED, IN, IN)
ADMINS = _pages(LOGIN, DENIED, DENIED, DENIED, IN)
# Pages of who answers calls: a lead's and an administrator's login have no consultant's code here.
CONSULTANTS = _pages(LOGIN, IN, IN, DENIED, DENIED)
# A callback of this consultant's.
OWNER = _pages(LOGIN, IN, NOTHING, DENIED, DENIED)
# A message about such a callback.
HEARER = _pages(LOGIN, IN, NOTHING, IN, IN)
# Both redirect to the log-in page, whoever asks.
TO_LOGIN = _pages(LOGIN, LOGIN, LOGIN, LOGIN, LOGIN)
NOBODY = dict.fromkeys(PAGES, NOTHING)

NO_TOKEN, FORGED, REVOKED, COOKIE = "no token", "a forged token", "a revoked token", "an administrator's cookie alone"
TOKENS = (NO_TOKEN, FORGED, REVOKED, COOKIE, CONSULTANT, COLLEAGUE, LEAD, ADMIN)


def _tokens(consultant: str, colleague: str) -> Expected:
    return dict(zip(TOKENS, (*[UNKNOWN_TOKEN] * 4, consultant, colleague, IN, IN), strict=True))


API_PUBLIC = dict.fromkeys(TOKENS, IN)
API_EVERYONE = _tokens(IN, IN)
API_LEADS = _tokens(DENIED, DENIED)
API_OWNER = _tokens(IN, NOTHING)

# Twilio's door knows no roles: without a signature of Twilio's nobody gets in.
SIGNATURES = ("unsigned", "wrongly signed")
TWILIO = dict.fromkeys(SIGNATURES, DENIED)

# To add a route: its endpoint, who gets what (one of the constants above), its method, an address of it that exists,
# and the form or body of a request, where an empty one would be answered 404 or could not be read.
ROUTES: dict[str, tuple[Any, ...]] = {
    "login.form": (PUBLIC, "GET", "/inloggen"),
    "login.enter": (PUBLIC, "POST", "/inloggen"),
    "login.language": (TO_LOGIN, "POST", "/taal"),
    "emergency.form": (PUBLIC, "GET", "/inloggen/nood"),
    "emergency.enter": (PUBLIC, "POST", "/inloggen/nood"),
    # Without a code that follows a password there is no second step.
    "second_step.code": (TO_LOGIN, "GET", "/inloggen/code"),
    "second_step.enter": (TO_LOGIN, "POST", "/inloggen/code"),
    "second_step.set_up": (TO_LOGIN, "GET", "/inloggen/tweede-factor"),
    "second_step.set_up_deed": (TO_LOGIN, "POST", "/inloggen/tweede-factor"),
    # There is no provider of office accounts here.
    "office_account.start": (NOBODY, "GET", "/inloggen/kantoor"),
    "office_account.came_back": (NOBODY, "GET", "/inloggen/kantoor/terug"),
    "office_account.leave": (NOBODY, "GET", "/inloggen/kantoor/uit"),
    "office_account.left": (NOBODY, "GET", "/uitgelogd"),
    "own_login.own_login": (EVERYONE, "GET", "/mijn-login"),
    "own_login.password": (EVERYONE, "POST", "/mijn-login/wachtwoord"),
    "undo.undo": (EVERYONE, "POST", "/ongedaan"),
    "own_login.end_others": (EVERYONE, "POST", "/mijn-login/sessies"),
    "passkey.question": (PUBLIC, "GET", "/inloggen/passkey"),
    "passkey.enter": (PUBLIC, "POST", "/inloggen/passkey"),
    "passkey.new": (EVERYONE, "GET", "/mijn-login/passkey"),
    "passkey.add": (EVERYONE, "POST", "/mijn-login/passkey"),
    "passkey.remove": (EVERYONE, "POST", "/mijn-login/passkey/1"),
    "second_factor.show": (EVERYONE, "GET", "/tweede-factor"),
    "second_factor.change": (EVERYONE, "POST", "/tweede-factor"),
    "style_page.style": (NOBODY, "GET", "/stijl"),  # only in the demo
    "web.static": (PUBLIC, "GET", "/web/callcenter.css"),
    "bootstrap.static": (PUBLIC, "GET", "/bootstrap/css/bootstrap.min.css"),
    "health.alive": (PUBLIC, "GET", "/healthz"),
    "health.ready": (PUBLIC, "GET", "/readyz"),
    "metrics.metrics": (PUBLIC, "GET", "/metrics"),  # from this machine; tests/api/test_api_health.py has the rest
    "audio.ringing": (PUBLIC, "GET", "/audio/ringing-3.wav"),
    "audio.prompt": (NOBODY, "GET", "/audio/prompts/goodbye.nl"),  # none is recorded
    "calendar.feed": (dict.fromkeys(PAGES, NOTHING), "GET", "/calendar/guessed.ics"),
    "survey_page.question": (NOBODY, "GET", "/vraag/guessed"),
    "survey_page.answer": (PUBLIC, "POST", "/vraag/guessed", {"answer": "yes"}),
    "board.board": (EVERYONE, "GET", "/"),
    "wall.wall": (EVERYONE, "GET", "/wand"),
    "wall.screen": (NOBODY, "GET", "/wand/guessed"),
    "wall_links.links": (LEADS, "GET", "/wandschermen"),
    "wall_links.add": (LEADS, "POST", "/wandschermen"),
    "wall_links.revoke": (LEADS, "POST", "/wandschermen/1"),
    "live.head": (EVERYONE, "GET", "/kop"),
    "rota.rota_week": (EVERYONE, "GET", "/rooster"),
    "rota_day.day": (LEADS, "GET", "/rooster/dag/2027-06-08"),
    "figures.figures": (LEADS, "GET", "/cijfers"),
    "figures.explained": (LEADS, "GET", "/cijfers/uitleg"),
    "exports.figures": (LEADS, "GET", "/cijfers.csv"),
    "exports.calls": (LEADS, "GET", "/oproepen.csv"),
    "exports.schools": (LEADS, "GET", "/scholen.csv"),
    "exports.survey": (LEADS, "GET", "/belpeiling.csv"),
    "reports.reports": (LEADS, "GET", "/rapport"),
    "reports.month": (LEADS, "GET", "/rapport/2027-05"),
    "reports.month_pdf": (LEADS, "GET", "/rapport/2027-05.pdf"),
    "reports.school": (LEADS, "GET", "/rapport/2027-05/scholen/05WE00"),
    "reports.school_pdf": (LEADS, "GET", "/rapport/2027-05/scholen/05WE00.pdf"),
    "report_recipients.add": (LEADS, "POST", "/rapport"),
    "report_recipients.remove": (LEADS, "POST", "/rapport/ontvangers/weg"),
    "calls.calls": (LEADS, "GET", "/oproepen"),
    "calls.call": (LEADS, "GET", "/oproepen/{missed}"),
    "callbacks.callbacks": (LEADS, "GET", "/terugbellen"),
    "callbacks_promises.promises": (LEADS, "GET", "/terugbellen/beloften"),
    "callbacks.csv": (LEADS, "GET", "/terugbellen.csv"),
    "callbacks.create": (LEADS, "POST", "/terugbellen"),
    "callbacks.chosen": (LEADS, "GET", "/terugbellen/samen?do=cancel&id={plain}"),
    "callbacks.together": (LEADS, "POST", "/terugbellen/samen"),
    "callbacks_one.callback": (LEADS, "GET", "/terugbellen/{plain}"),
    "callbacks_one.change": (LEADS, "POST", "/terugbellen/{plain}"),
    "callbacks_one.call": (LEADS, "POST", "/terugbellen/{plain}/bel"),
    "schools.schools": (LEADS, "GET", "/scholen"),
    "schools.school": (LEADS, "GET", "/scholen/05WE00"),
    "finder.find": (EVERYONE, "GET", "/zoeken"),
    "finder.while_typing": (EVERYONE, "POST", "/zoeken"),
    "schools.add_number": (LEADS, "POST", "/scholen/05WE00/nummers"),
    "rota_versions.rota_list": (LEADS, "GET", "/rooster/versies"),
    "rota_versions.load": (LEADS, "POST", "/rooster/versies"),
    "rota_versions.difference": (LEADS, "GET", "/rooster/versies/1"),
    "rota_versions.files": (LEADS, "GET", "/rooster/versies/1.zip"),
    "rota_versions.restore": (LEADS, "POST", "/rooster/versies/1"),
    "listen.voicemail": (HEARER, "GET", "/berichten/{voicemail}"),
    "listen.done": (HEARER, "POST", "/terugbellen/{plain}/afgeluisterd"),
    "listen.heard": (EVERYONE, "POST", "/berichten/gehoord"),
    "mine.mine": (CONSULTANTS, "GET", "/mijn"),
    "mine.shifts": (CONSULTANTS, "GET", "/mijn/diensten"),
    "mine.me": (CONSULTANTS, "GET", "/mijn/ik"),
    "presence.presence": (LEADS, "GET", "/aanwezigheid"),
    "presence.change": (LEADS, "POST", "/aanwezigheid/CEM"),
    "mine.push_on": (CONSULTANTS, "POST", "/mijn/ik/meldingen"),
    "mine.push_off": (CONSULTANTS, "POST", "/mijn/ik/meldingen/1"),
    "installable.manifest": (PUBLIC, "GET", "/app.webmanifest"),
    "installable.worker": (PUBLIC, "GET", "/sw.js"),
    "mine.presence": (CONSULTANTS, "POST", "/mijn/aanwezigheid"),
    "mine.notices": (CONSULTANTS, "POST", "/mijn/berichten"),
    "mine.calendar": (CONSULTANTS, "POST", "/mijn/agenda"),
    "mine.one": (OWNER, "GET", "/mijn/terugbellen/{plain}"),
    "mine.call": (OWNER, "POST", "/mijn/terugbellen/{plain}/bel"),
    "mine.result": (OWNER, "POST", "/mijn/terugbellen/{plain}/resultaat"),
    "mine.note": (OWNER, "POST", "/mijn/terugbellen/{plain}/notitie"),
    "mine.appoint": (OWNER, "POST", "/mijn/terugbellen/{plain}/afspraak"),
    "mine.school": (OWNER, "POST", "/mijn/terugbellen/{plain}/school", {"code": "05WE00"}),
    "mine.settled": (OWNER, "POST", "/mijn/terugbellen/{plain}/afgehandeld", {"settled": "yes"}),
    "admin_users.users": (ADMINS, "GET", "/beheer"),
    "admin_users.add": (ADMINS, "POST", "/beheer"),
    "admin_users.change": (ADMINS, "POST", "/beheer/gebruiker"),
    "admin_tokens.tokens": (ADMINS, "GET", "/beheer/sleutels"),
    "admin_tokens.add": (ADMINS, "POST", "/beheer/sleutels"),
    "admin_tokens.revoke": (ADMINS, "POST", "/beheer/sleutels/1"),
    "admin_lines.lines": (ADMINS, "GET", "/beheer/lijnen"),
    "admin_lines.add": (ADMINS, "POST", "/beheer/lijnen"),
    "admin_lines.remove": (ADMINS, "POST", "/beheer/lijnen/weg", {"number": "085 888 0000"}),
    "admin_numbers.check": (ADMINS, "GET", "/beheer/nummer"),
    "admin_blocked.blocked": (ADMINS, "GET", "/beheer/geblokkeerd"),
    "admin_blocked.add": (ADMINS, "POST", "/beheer/geblokkeerd"),
    "admin_blocked.remove": (ADMINS, "POST", "/beheer/geblokkeerd/weg"),
    "admin_prompts.prompts": (ADMINS, "GET", "/beheer/teksten"),
    "admin_prompts.add": (ADMINS, "POST", "/beheer/teksten"),
    "admin_prompts.take_away": (ADMINS, "POST", "/beheer/teksten/weg"),
    "admin_prompts.listen": ({**ADMINS, ADMIN: NOTHING}, "GET", "/beheer/teksten/goodbye.nl"),  # none is recorded
    "admin_audit.audit": (ADMINS, "GET", "/beheer/logboek"),
    "api.openapi_json": (API_PUBLIC, "GET", "/api/v1/openapi.json"),
    "api.list_calls": (API_LEADS, "GET", "/api/v1/calls"),
    "api.get_call": (API_LEADS, "GET", "/api/v1/calls/{missed}"),
    "api.list_callbacks": (API_EVERYONE, "GET", "/api/v1/callbacks"),
    "api.make_callback": (API_LEADS, "POST", "/api/v1/callbacks", {"number": "0612345678"}),
    "api.get_callback": (API_OWNER, "GET", "/api/v1/callbacks/{plain}"),
    "api.change_callback": (API_OWNER, "PATCH", "/api/v1/callbacks/{plain}", {}),
    "api.call_back": (API_OWNER, "POST", "/api/v1/callbacks/{plain}/call", {}),
    "api.add_attempt": (API_OWNER, "POST", "/api/v1/callbacks/{plain}/attempts", {"result": "no_answer"}),
    "api.get_voicemail": (API_OWNER, "GET", "/api/v1/voicemails/{voicemail}"),
    "api.get_audio": (API_OWNER, "GET", "/api/v1/voicemails/{voicemail}/audio"),
    "api.mark_heard": (API_OWNER, "POST", "/api/v1/voicemails/{voicemail}/heard"),
    "api.list_consultants": (API_EVERYONE, "GET", "/api/v1/consultants"),
    "api.put_presence": (API_OWNER, "PUT", "/api/v1/consultants/CEM/presence", {"state": "busy"}),
    "api.get_reachability": (API_LEADS, "GET", "/api/v1/reachability?from=2027-06-01&to=2027-06-08"),
    "api.search_schools": (API_LEADS, "GET", "/api/v1/schools"),
    "api.get_school": (API_LEADS, "GET", "/api/v1/schools/05WE00"),
    "api.teach_number": (API_LEADS, "POST", "/api/v1/schools/05WE00/numbers", {"number": "0612345678"}),
    "api.get_rota": (API_LEADS, "GET", "/api/v1/rota?from=2027-06-01&to=2027-06-08"),
    "api.put_rota": (API_LEADS, "PUT", "/api/v1/rota", {"files": {}}),
    "api.get_gaps": (API_LEADS, "GET", "/api/v1/rota/gaps?from=2027-06-01&to=2027-06-08"),
    "webhooks.voice": (TWILIO, "POST", "/webhooks/voice"),
    "webhooks.voice-status": (TWILIO, "POST", "/webhooks/voice/status"),
    "webhooks.voice-fallback": (TWILIO, "POST", "/webhooks/voice/fallback"),
    "webhooks.voice-fallback-recorded": (TWILIO, "POST", "/webhooks/voice/fallback/recorded"),
    "webhooks.voice-fallback-recording": (TWILIO, "POST", "/webhooks/voice/fallback/recording"),
    "webhooks.sms": (TWILIO, "POST", "/webhooks/sms"),
    "webhooks.ringing": (TWILIO, "POST", "/webhooks/ringing"),
    "webhooks.hold": (TWILIO, "POST", "/webhooks/call/{live}/hold"),
    "webhooks.connect": (TWILIO, "POST", "/webhooks/call/{live}/connect"),
    "webhooks.resume": (TWILIO, "POST", "/webhooks/call/{live}/resume"),
    "webhooks.choice": (TWILIO, "POST", "/webhooks/call/{live}/choice"),
    "webhooks.keyed": (TWILIO, "POST", "/webhooks/call/{live}/keyed"),
    "webhooks.checked": (TWILIO, "POST", "/webhooks/call/{live}/checked"),
    "webhooks.talked": (TWILIO, "POST", "/webhooks/call/{live}/talked"),
    "webhooks.dialled": (TWILIO, "POST", "/webhooks/call/{live}/dialled"),
    "webhooks.survey": (TWILIO, "POST", "/webhooks/call/{live}/survey"),
    "webhooks.record": (TWILIO, "POST", "/webhooks/call/{live}/record"),
    "webhooks.silence": (TWILIO, "POST", "/webhooks/call/{live}/silence"),
    "webhooks.recorded": (TWILIO, "POST", "/webhooks/call/{live}/recorded"),
    "webhooks.again": (TWILIO, "POST", "/webhooks/call/{live}/again"),
    "webhooks.recording": (TWILIO, "POST", "/webhooks/call/{live}/recording"),
    "webhooks.leg-screen": (TWILIO, "POST", "/webhooks/leg/1/screen"),
    "webhooks.leg-key": (TWILIO, "POST", "/webhooks/leg/1/key"),
    "webhooks.leg-status": (TWILIO, "POST", "/webhooks/leg/1/status"),
    "webhooks.callback-screen": (TWILIO, "POST", "/webhooks/callback/1/screen"),
    "webhooks.callback-accept": (TWILIO, "POST", "/webhooks/callback/1/accept/0"),
    "webhooks.callback-dialled": (TWILIO, "POST", "/webhooks/callback/1/dialled"),
    "webhooks.callback-result": (TWILIO, "POST", "/webhooks/callback/1/result"),
    "webhooks.callback-caller": (TWILIO, "POST", "/webhooks/callback/1/caller"),
    "webhooks.callback-status": (TWILIO, "POST", "/webhooks/callback/1/status"),
    # The last row: it ends the session.
    "login.leave": (TO_LOGIN, "POST", "/uitloggen"),
}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass
class Visitors:
    """Clients of each kind, with the CSRF token of each page visitor and the secret of each token."""

    clients: dict[str, FlaskClient]
    csrf: dict[str, str]
    secrets: dict[str, str]

    def send(self, who: str, kind: str, method: str, path: str, body: Any = None) -> TestResponse:
        """One request. kind: `page`, `api` or `twilio`."""
        if kind == "page":
            form = {"csrf_token": self.csrf[who], **(body or {})}
            return self.clients[who].open(path, method=method, data=form if method != "GET" else None)
        client = self.clients[ADMIN if who == COOKIE else STRANGER]
        if kind == "api":
            headers = {"Authorization": f"Bearer {self.secrets[who]}"} if who in self.secrets else {}
            return client.open(path, method=method, headers=headers, json=body)
        headers = {"X-Twilio-Signature": "AAAAAAAAAAAAAAAAAAAAAAAAAAA="} if who == SIGNATURES[1] else {}
        return client.open(path, method=method, headers=headers, data={"CallSid": "CA1"})


@pytest.fixture
def visitors(app: Flask, office: Office, log_in: LogIn) -> Visitors:
    now = office.clock.now()
    with office.sessions.begin() as session:
        add_user(session, NOW, COLLEAGUE, "consultant", PASSWORD, "AIS")
        secrets = {
            # The first token: a row below revokes it once more.
            REVOKED: create_token(session, now, "lead", name="revoked"),
            CONSULTANT: create_token(session, now, "consultant", "CEM"),
            COLLEAGUE: create_token(session, now, "consultant", "AIS"),
            LEAD: create_token(session, now, "lead"),
            ADMIN: create_token(session, now, "admin"),
            FORGED: "cc_" + "0" * 43,
        }
        revoke_token(session, now, 1)
        create_link(session, now, "the hall", LEAD)
    clients = {STRANGER: app.test_client(), **{who: log_in(who) for who in PAGES[1:]}}
    first = {STRANGER: "/inloggen", CONSULTANT: "/mijn", COLLEAGUE: "/mijn", LEAD: "/", ADMIN: "/"}
    return Visitors(clients, {who: token_of(client, first[who]) for who, client in clients.items()}, secrets)


def kind_of(expected: Expected) -> str:
    return "page" if STRANGER in expected else "api" if NO_TOKEN in expected else "twilio"


def outcome_of(answer: TestResponse) -> str:
    """What a visitor got, in the words of the table."""
    if answer.status_code in (301, 302, 303) and answer.location.startswith("/inloggen"):
        return LOGIN
    if answer.status_code == 401 and answer.mimetype == "application/problem+json":
        return UNKNOWN_TOKEN
    if answer.status_code in (403, 404):
        return str(answer.status_code)
    # 503 of /readyz says that no job has run yet.
    return IN if answer.status_code < 500 or answer.mimetype == "application/json" else str(answer.status_code)


def test_the_table_holds_every_route_and_no_other(app: Flask) -> None:
    rules = {rule.endpoint: rule for rule in app.url_map.iter_rules()}
    missing = [
        f'"{endpoint}": (WHO, "{next(iter((rule.methods or set()) - {"HEAD", "OPTIONS"}))}", "{rule.rule}"),'
        for endpoint, rule in sorted(rules.items())
        if endpoint not in ROUTES
    ]
    assert missing == [], f"add to ROUTES in {__file__}, each with who may use it for WHO:\n" + "\n".join(missing)
    gone = sorted(set(ROUTES) - set(rules))
    assert gone == [], f"take out of ROUTES in {__file__}: the app has no such endpoint any more"


def test_an_endpoint_has_one_method_and_the_address_of_its_row(app: Flask, seeded: Seeded) -> None:
    adapter = app.url_map.bind("localhost")
    wrong = []
    for endpoint, (_, method, path, *_body) in ROUTES.items():
        address = path.format(**vars(seeded)).partition("?")[0]
        if adapter.match(address, method)[0] != endpoint:
            wrong.append(f"{method} {path} is not {endpoint}")
    for rule in app.url_map.iter_rules():
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if methods != {ROUTES[rule.endpoint][1]}:
            wrong.append(f"{rule.endpoint} takes {methods}")
    assert wrong == [], "\n".join(wrong)


def test_everybody_gets_exactly_what_the_table_says(visitors: Visitors, seeded: Seeded) -> None:
    wrong = []
    for endpoint, (expected, method, path, *body) in ROUTES.items():
        for who, wanted in expected.items():
            address = path.format(**vars(seeded))
            answer = visitors.send(who, kind_of(expected), method, address, body[0] if body else None)
            got = outcome_of(answer)
            if got != wanted:
                wrong.append(f"{endpoint} for {who}: {got} ({answer.status_code}), not {wanted}")
    assert wrong == [], "\n".join(wrong)


def test_a_method_that_is_not_in_the_table_is_answered_405_with_those_that_are(
    visitors: Visitors, seeded: Seeded
) -> None:
    taken: dict[str, set[str]] = {}
    kinds: dict[str, str] = {}
    for expected, method, path, *_body in ROUTES.values():
        address = path.format(**vars(seeded)).partition("?")[0]
        taken.setdefault(address, set()).add(method)
        kinds[address] = kind_of(expected)
    wrong = []
    for address, methods in taken.items():
        who = {"page": ADMIN, "api": ADMIN, "twilio": SIGNATURES[0]}[kinds[address]]
        for method in set(METHODS) - methods:
            answer = visitors.send(who, kinds[address], method, address)
            allowed = set(re.split(r", *", answer.headers.get("Allow", ""))) - {"HEAD", "OPTIONS"}
            if answer.status_code != 405 or allowed != methods:
                wrong.append(f"{method} {address}: {answer.status_code}, allowed {allowed}, in the table {methods}")
    assert wrong == [], "\n".join(wrong)


def test_a_message_of_a_colleagues_is_answered_as_one_that_does_not_exist(visitors: Visitors, seeded: Seeded) -> None:
    client = visitors.clients[COLLEAGUE]
    theirs, none = (client.get(f"/berichten/{number}") for number in (seeded.voicemail, 999_999))
    assert (theirs.status_code, theirs.text) == (none.status_code, none.text) == (404, none.text)
    form = {"csrf_token": visitors.csrf[COLLEAGUE], "next": "/mijn"}
    ticked = [
        client.post("/berichten/gehoord", data={**form, "voicemail": str(number)})
        for number in (seeded.voicemail, 999_999)
    ]
    assert [answer.status_code for answer in ticked] == [404, 404]
    callbacks = [client.get(f"/mijn/terugbellen/{number}") for number in (seeded.plain, 999_999)]
    assert [answer.status_code for answer in callbacks] == [404, 404]
    assert callbacks[0].text == callbacks[1].text
