"""The REST API answers as Twilio's OpenAPI document and the official client expect."""

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from callcenter.standin.faults import FaultRule
from callcenter.standin.people.scripts import press
from callcenter.standin.rest.forms import SHAPES
from callcenter.standin.server import Server
from callcenter.standin.stand_in import ACCOUNT_SID, AUTH_TOKEN, StandIn
from tests.support.toy_product import ANN, BASE, LINE, SCHOOL, START, Product, a_client, an_office, twiml

SPEC = json.loads((Path(__file__).parents[1] / "data" / "twilio_api_extract.json").read_text("utf-8"))
FULL = Path(__file__).parents[2] / ".." / "shared" / "data" / "twilio_api.json"
PAGES: dict[str, Any] = {"/webhooks/voice": twiml('<Record action="/done"/>'), "/done": twiml("<Hangup/>")}


def refused(fn: Any, code: int, status: int = 400) -> None:
    with pytest.raises(TwilioRestException) as caught:
        fn()
    assert (caught.value.code, caught.value.status) == (code, status)


@pytest.mark.parametrize("operation", sorted(SPEC["operations"]))
def test_each_operation_takes_the_parameters_of_the_openapi_document(operation: str) -> None:
    named = SPEC["operations"][operation]["parameters"]
    ours = SHAPES[operation].kinds
    assert set(ours) == set(named)
    for name, kind in named.items():
        if kind in ("integer", "boolean", "list", "method"):
            assert ours[name] == kind, name


@pytest.mark.shared_data
def test_the_extract_is_what_the_whole_document_says() -> None:
    if not FULL.exists():
        pytest.skip("the full OpenAPI document is not beside the repository")
    whole = json.loads(FULL.read_text("utf-8"))
    for operation, path, method in (("create-call", "Calls.json", "post"), ("update-call", "Calls/{Sid}.json", "post")):
        body = whole["paths"][f"/2010-04-01/Accounts/{{AccountSid}}/{path}"][method]["requestBody"]
        names = body["content"]["application/x-www-form-urlencoded"]["schema"]["properties"]
        assert set(SPEC["operations"][operation]["parameters"]) == set(names)


def test_answers_have_the_fields_of_the_openapi_document() -> None:
    office = an_office(Product(PAGES))
    office.caller(SCHOOL).dials(LINE, message=5)
    office.settle()
    a_client(office).messages.create(to=ANN, from_=LINE, body="hoi")
    base, auth = f"/2010-04-01/Accounts/{ACCOUNT_SID}", (ACCOUNT_SID, AUTH_TOKEN)
    for path, name, key in (
        ("/Calls.json", "call", "calls"),
        ("/Messages.json", "message", "messages"),
        ("/IncomingPhoneNumbers.json", "number", "incoming_phone_numbers"),
        ("/Recordings.json", "recording", "recordings"),
    ):
        page = json.loads(office.rest.handle("GET", base + path, {}, auth).body)
        assert set(page) - {key} == set(SPEC["page"]) - {"calls"}
        known = set(SPEC["resources"][name])
        assert set(page[key][0]) <= known, set(page[key][0]) - known
        assert known - set(page[key][0]) <= UNTOLD, known - set(page[key][0]) - UNTOLD
    call = json.loads(office.rest.handle("GET", base + "/Calls.json", {}, auth).body)["calls"][0]
    assert call["status"] in SPEC["call_enum_status"]


# Regulatory, encryption and test fields, which callcenter does not use.
UNTOLD = {
    "emergency_status", "emergency_address_sid", "emergency_address_status", "bundle_sid", "identity_sid", "type",
    "voice_receive_mode",
}  # fmt: skip


def test_a_created_call_is_queued_first_and_can_be_fetched() -> None:
    office = an_office(Product())
    client = a_client(office)
    call = client.calls.create(to=ANN, from_=LINE, url=f"{BASE}/screen", timeout=10)
    assert (call.status, call.direction, call.start_time, call.duration) == ("queued", "outbound-api", None, None)
    office.settle()
    fetched = client.calls(call.sid).fetch()
    assert (fetched.status, fetched.duration, fetched.to) == ("no-answer", "0", ANN)
    assert fetched.end_time >= START


def test_bad_calls_are_refused_with_twilios_codes() -> None:
    office = an_office(Product())
    client = a_client(office)
    url = f"{BASE}/screen"
    refused(lambda: client.calls.create(to="", from_=LINE, url=url), 21201)
    refused(lambda: client.calls.create(to="0612", from_=LINE, url=url), 21211)
    refused(lambda: client.calls.create(to=ANN, from_="+31857770000", url=url), 21210)
    refused(lambda: client.calls.create(to=ANN, from_=LINE), 21205)
    refused(lambda: client.calls.create(to=ANN, from_=LINE, url="/screen"), 21205)
    refused(lambda: client.calls.create(to=ANN, from_=LINE, url=url, timeout=700), 20001)
    office.rest.calls.countries = frozenset({"NL"})
    refused(lambda: client.calls.create(to="+12025550123", from_=LINE, url=url), 21215)
    refused(lambda: client.calls("CA" + "0" * 32).fetch(), 20404, 404)
    refused(lambda: client.messages.create(to=ANN, from_="+31857770000", body="hoi"), 21606)
    office.phone(ANN).sends("STOP", LINE)
    refused(lambda: client.messages.create(to=ANN, from_=LINE, body="hoi"), 21610)
    wrong = Client(ACCOUNT_SID, "wrong", http_client=office.http_client())
    refused(lambda: wrong.calls("CA" + "0" * 32).fetch(), 20003, 401)


def test_an_unknown_parameter_is_an_error_here() -> None:
    office = an_office(Product())
    path, auth = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Calls.json", (ACCOUNT_SID, AUTH_TOKEN)
    answer = office.rest.handle("POST", path, {"To": [ANN], "From": [LINE], "Uri": [BASE]}, auth)
    assert answer.status == 400
    assert "Uri" in json.loads(answer.body)["message"]


def test_a_call_that_is_over_cannot_be_changed() -> None:
    office = an_office(Product(PAGES))
    caller = office.caller(SCHOOL).dials(LINE, patience=3)
    office.settle()
    client = a_client(office)
    refused(lambda: client.calls(caller.sid).update(url=f"{BASE}/x"), 21220)
    refused(lambda: client.calls(caller.sid).update(status="completed"), 21220)


def test_a_ringing_leg_cannot_be_redirected_and_an_answered_one_not_cancelled() -> None:
    office = an_office(Product({"/screen": twiml("<Pause length='60'/>")}))
    client = a_client(office)
    leg = client.calls.create(to=ANN, from_=LINE, url=f"{BASE}/screen")
    office.phone(ANN).answers_after(5)
    office.run_for(3)
    refused(lambda: client.calls(leg.sid).update(url=f"{BASE}/x"), 21220)
    office.run_for(10)
    refused(lambda: client.calls(leg.sid).update(status="canceled"), 21220)
    assert client.calls(leg.sid).update(status="completed").status == "completed"


def test_the_list_of_calls_is_paged_newest_first_and_filtered() -> None:
    office = an_office(Product({"/webhooks/voice": twiml("<Hangup/>")}))
    for _ in range(7):
        office.caller(SCHOOL).dials(LINE)
        office.run_for(3600)
    client = a_client(office)
    every = client.calls.list(page_size=2)
    assert [call.sid for call in every] == [call.sid for call in reversed(office.calls)]
    assert len(client.calls.list(limit=3, page_size=2)) == 3
    after = START + timedelta(hours=3, minutes=30)
    assert len(client.calls.list(start_time_after=after)) == 3
    assert len(client.calls.list(start_time_before=after)) == 4
    assert client.calls.list(from_=ANN) == []
    assert len(client.calls.list(to=LINE, status="completed")) == 7


def test_a_numbers_addresses_can_be_found_and_set() -> None:
    office = an_office(Product())
    client = a_client(office)
    (number,) = client.incoming_phone_numbers.list(phone_number=LINE)
    number.update(voice_url="https://new.example/voice", sms_fallback_url="https://new.example/sms")
    assert office.platform.lines[LINE].voice_url == "https://new.example/voice"
    assert client.incoming_phone_numbers.list(phone_number="+31999999999") == []
    assert client.api.accounts(ACCOUNT_SID).fetch().status == "active"


def test_calls_beyond_the_rate_are_queued_and_start_later() -> None:
    office = an_office(Product(), calls_per_second=1)
    client = a_client(office)
    for n in range(3):
        client.calls.create(to=f"+3160000000{n}", from_=LINE, url=f"{BASE}/s", timeout=5)
    office.settle()
    starts = [(ring.start - START).total_seconds() for ring in office.exchange.rings]
    assert [round(b - a, 3) for a, b in pairwise(starts)] == [1, 1]


def test_rest_requests_fail_as_the_script_says() -> None:
    office = an_office(Product())
    client = a_client(office)

    def create() -> Any:
        return client.calls.create(to=ANN, from_=LINE, url=f"{BASE}/s")

    office.faults.add(FaultRule("rest_429", kind="create-call", times=1))
    refused(create, 20429, 429)
    office.faults.add(FaultRule("rest_error", status=500, times=1))
    refused(create, 20500, 500)
    assert not office.calls
    office.faults.add(FaultRule("rest_timeout", times=1, reaches=True))
    with pytest.raises(OSError):
        create()
    assert len(office.calls) == 1
    assert create().status == "queued"


class Rewritten(TwilioHttpClient):
    """The official client's own HTTP client, with another base address."""

    def __init__(self, base: str) -> None:
        super().__init__(timeout=5)
        self._base = urlsplit(base)

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        parts = urlsplit(url)._replace(scheme=self._base.scheme, netloc=self._base.netloc)
        return super().request(method, urlunsplit(parts), *args, **kwargs)


@pytest.fixture
def served() -> Iterator[tuple[StandIn, Client]]:
    office = an_office(Product(PAGES))
    server = Server(office.rest)
    office.platform.api_base_url = server.url
    yield office, Client(ACCOUNT_SID, AUTH_TOKEN, http_client=Rewritten(server.url))
    server.stop()


def test_the_official_client_works_over_http_unchanged(served: tuple[StandIn, Client]) -> None:
    import requests

    office, client = served
    caller = office.caller(SCHOOL).dials(LINE, message=4, script=[press("5", at_s=1)])
    office.settle()
    leg = client.calls.create(to=ANN, from_=LINE, url=f"{BASE}/s", status_callback_event=["ringing", "answered"])
    assert office.exchange.calls[leg.sid].callbacks.status_events == {"ringing", "answered"}
    assert [call.sid for call in client.calls.list(page_size=1)] == [leg.sid, caller.sid]
    (recording,) = client.recordings.list(call_sid=caller.sid)
    url = office.exchange.recordings.by_sid[recording.sid].url
    assert requests.get(url + ".mp3", auth=(ACCOUNT_SID, AUTH_TOKEN), timeout=5).content[:2] == b"\xff\xfb"
    assert requests.get(url + ".wav", timeout=5).status_code == 401
    assert client.recordings(recording.sid).delete()
    refused(lambda: client.recordings(recording.sid).delete(), 20404, 404)
    refused(lambda: client.calls.create(to=ANN, from_="+31857770000", url=f"{BASE}/s"), 21210)


def test_the_list_of_calls_may_lag_behind() -> None:
    office = an_office(Product({"/webhooks/voice": twiml("<Hangup/>")}))
    office.rest.calls.list_lag_s = 10
    office.caller(SCHOOL).dials(LINE)
    office.run_for(5)
    assert a_client(office).calls.list() == []
    office.run_for(6)
    assert len(a_client(office).calls.list()) == 1


def test_media_is_not_there_before_it_is_ready() -> None:
    office = an_office(Product(PAGES))
    office.caller(SCHOOL).dials(LINE, message=4)
    office.run_for(5.5)
    (recording,) = office.exchange.recordings.by_sid.values()
    client, auth = office.http_client(), (ACCOUNT_SID, AUTH_TOKEN)
    assert client.get(recording.url + ".wav", auth).status == 404
    office.run_for(5)
    assert client.get(recording.url + ".mp3", auth).headers == {"Content-Type": "audio/mpeg"}


def a_recording(office: StandIn) -> Any:
    """Make a recording whose media is ready."""
    office.caller(SCHOOL).dials(LINE, message=4)
    office.settle()
    (recording,) = office.exchange.recordings.by_sid.values()
    return recording


def test_a_recording_is_refused_in_the_order_of_the_rules_and_given_in_the_end() -> None:
    office = an_office(Product(PAGES))
    recording, client, auth = a_recording(office), office.http_client(), (ACCOUNT_SID, AUTH_TOKEN)
    for status in (401, 403, 404, 429, 500, 503):
        office.faults.add(FaultRule("rest_error", kind="fetch-media", status=status, times=1))

    assert [client.get(recording.url + ".wav", auth).status for _ in range(7)] == [401, 403, 404, 429, 500, 503, 200]
    assert office.rest.requests["fetch-media"] == 7


@pytest.mark.parametrize(
    ("status", "code"), [(401, 20003), (403, 20403), (404, 20404), (429, 20429), (500, 20500), (503, 20500)]
)
def test_a_refused_deletion_bears_twilios_code_and_deletes_nothing(status: int, code: int) -> None:
    office = an_office(Product(PAGES))
    recording, client = a_recording(office), a_client(office)
    office.faults.add(FaultRule("rest_error", kind="delete-recording", status=status, times=1))

    refused(lambda: client.recordings(recording.sid).delete(), code, status)
    assert recording.sid in office.exchange.recordings.by_sid
    assert client.recordings(recording.sid).delete()


def test_a_rule_for_webhooks_is_not_used_up_by_rest_nor_one_for_rest_by_webhooks() -> None:
    office = an_office(Product(PAGES), faults=[FaultRule("rest_error", status=500, times=1)])
    office.caller(SCHOOL).dials(LINE)
    office.settle()
    refused(lambda: a_client(office).calls.create(to=ANN, from_=LINE, url=f"{BASE}/s"), 20500, 500)


def test_the_secondary_token_is_admitted_and_once_promoted_the_only_one_that_signs_too() -> None:
    product = Product(PAGES)
    office = an_office(product)
    office.rest.account.secondary_token = "the-next-one"
    old = a_client(office)
    new = Client(ACCOUNT_SID, "the-next-one", http_client=office.http_client())

    assert old.calls.list() == new.calls.list() == []
    office.promote_token()
    assert new.calls.list() == []
    refused(lambda: old.calls.create(to=ANN, from_=LINE, url=f"{BASE}/s"), 20003, 401)
    office.caller(SCHOOL).dials(LINE)
    office.settle()
    assert product.forged > 0  # this product still verifies with the old token
    assert product.seen == []
