"""Whatever a signed webhook holds, it is answered so that Twilio can act on it; one signature is for one event."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from sqlalchemy import select, update

from callcenter.access.records import AuditEvent
from callcenter.calls.call import Call
from callcenter.directory.records import Contact
from callcenter.standin.twilio.signing import signature
from tests.ops.test_incoming_call_statements import ring
from tests.support import hostile
from tests.support.soak import at_length
from tests.support.town import LINE, PEOPLE, SCHOOL, MakeTown, Town

ROOT = Path(__file__).parents[2]
_READ = re.compile(r'(?:params|form)(?:\.get\(|\[)"(\w+)"')
_QUERY = re.compile(r'query(?:\.get\(|\[)"(\w+)"')
FORM = "application/x-www-form-urlencoded"
ORDINARY = {"CallSid": "CA" + "1" * 32, "From": SCHOOL, "To": LINE, "CallStatus": "in-progress", "Body": "bezet 30"}


def names(pattern: re.Pattern[str]) -> list[str]:
    """The parameters that the webhooks, and the subjects behind them, read."""
    files = [
        *ROOT.glob("webhooks/*.py"),
        *ROOT.glob("callcenter/routing/*.py"),
        *ROOT.glob("callcenter/callbacks/*.py"),
    ]
    return sorted({name for file in files for name in pattern.findall(file.read_text())} | {"Unknown"})


def send(town: Town, path: str, body: str, query: str = "", *, signed: Mapping[str, str], kind: str = FORM) -> Any:
    """A request with this body. signed: the parameters that Twilio's signature covers."""
    settings = town.lived.office.settings
    token = settings.twilio_auth_token.get_secret_value()
    address = f"{settings.public_url}{path}" + (f"?{query}" if query else "")
    # What is no UTF-8 stays percent-encoded, and no signature of Twilio's is right for it.
    readable = {name: value.encode(errors="replace").decode() for name, value in signed.items()}
    headers = {"X-Twilio-Signature": signature(token, address, readable)}
    return town.lived.app.test_client().post(path, data=body, query_string=query, headers=headers, content_type=kind)


def written(params: Iterable[tuple[str, str]]) -> str:
    return "&".join(f"{quote(name)}={quote(value, safe='', errors='surrogatepass')}" for name, value in params)


def account(town: Town) -> dict[str, str]:
    return {"AccountSid": town.lived.office.settings.twilio_account_sid, **ORDINARY}


@pytest.mark.soak
def test_no_parameter_of_any_webhook_makes_it_fail(a_town: MakeTown) -> None:
    town = a_town()
    ring(town, ORDINARY["CallSid"], SCHOOL)
    failed, turn, every = [], 0, at_length(2, 1)
    for place, rule in enumerate(town.lived.app.url_map.iter_rules()):
        if not rule.rule.startswith("/webhooks/"):
            continue
        path = re.sub(r"<[^>]+>", "1", rule.rule)
        for name in [*names(_READ), *names(_QUERY)][place % every :: every]:
            for n in range(at_length(1, len(hostile.VALUES))):
                turn += 1
                value = hostile.VALUES[(turn * 7 + n) % len(hostile.VALUES)]
                query = written([(name, value)]) if name in names(_QUERY) else ""
                params = {**account(town), name: value}
                answer = send(town, path, written(params.items()), query, signed=params)
                if answer.status_code not in (200, 204, 400, 403, 404, 413):
                    failed.append(f"{rule.rule} {name}={value[:40]!r}: {answer.status_code}")
                elif answer.status_code == 200:
                    ElementTree.fromstring(answer.data)
    assert failed == [], "\n".join(failed)
    assert turn > 250


def texts(town: Town) -> int:
    """How often a consultant's presence was set by a text message."""
    with town.sessions() as session:
        return len(session.scalars(select(AuditEvent.id).where(AuditEvent.action == "presence_set")).all())


def test_a_captured_text_message_cannot_be_sent_again_by_changing_what_its_signature_does_not_cover(
    a_small_town: MakeTown,
) -> None:
    town = a_small_town()
    params = {**account(town), "From": PEOPLE["AIS"], "MessageSid": "SM" + "1" * 32}
    body = written(params.items())
    first = send(town, "/webhooks/sms", body, signed=params)
    again = [
        body,
        body + "&=",
        "&=&=&" + body,
        body + "&" + written([("Body", params["Body"])]),
        "&".join(reversed(body.split("&"))),
        body.replace("Body=bezet", "Bod=ybezet"),
        body.replace("%20", "+"),
    ]
    for sent in again:
        answer = send(town, "/webhooks/sms", sent, signed=params)
        assert (answer.status_code, answer.data) == (200, first.data), sent
    assert texts(town) == 1
    town.lived.write_totals()
    assert town.totals("callcenter_webhook_replays_total") == len(again)


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data; boundary=x", ""])
def test_a_body_that_the_signature_does_not_cover_is_refused(a_small_town: MakeTown, kind: str) -> None:
    town = a_small_town()
    answer = send(town, "/webhooks/sms", '{"From": "+31620000001", "Body": "weg"}', signed={}, kind=kind)
    assert answer.status_code == 403
    assert texts(town) == 0
    town.lived.write_totals()
    assert town.totals("callcenter_webhooks_rejected_total") == 1


def test_a_control_character_in_a_callers_name_makes_no_document_invalid(a_small_town: MakeTown) -> None:
    town = a_small_town(caseload="05HL;;AIS")
    with town.sessions.begin() as session:
        session.execute(update(Contact).values(name="obs\x01 De\x0bWeg\ufffewijzer"))  # from before it was refused
    town.answers("AIS", after=4, press_after=2)
    town.somebody().dials(LINE, patience=60, talks=20)
    town.live()
    assert town.call().answered_by == "AIS"
    assert (town.call().talk_s or 0) > 10


def test_a_withheld_number_and_a_sid_with_control_characters_are_taken_without_them(a_town: MakeTown) -> None:
    town = a_town()
    params = {**account(town), "CallSid": "CA\x00\x1b" + "2" * 32, "From": "anonymous", "CallerName": "x\x00\ufffe"}
    assert send(town, "/webhooks/voice", written(params.items()), signed=params).status_code == 200
    with town.sessions() as session:
        assert session.scalars(select(Call.call_sid)).all() == ["CA" + "2" * 32]
