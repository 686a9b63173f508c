"""Which REST request is answered how? Twilio's API, version 2010-04-01, as far as callcenter uses it: a WSGI app."""

import base64
import hmac
import json
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from callcenter.standin.faults import FaultRule, Faults
from callcenter.standin.rest.calls import MAX_PAGE, CallResource
from callcenter.standin.rest.forms import Form, RestError, check_form, one
from callcenter.standin.rest.json import Json, base, call_json, line_json, message_json, page_json, recording_json
from callcenter.standin.rest.latency import Latencies
from callcenter.standin.rest.resources import MessageResource, NumberResource, RecordingResource
from callcenter.standin.twilio.calls import API_VERSION, rfc2822
from callcenter.standin.twilio.recordings import mp3, wav

if TYPE_CHECKING:
    from callcenter.standin.twilio.exchange import Exchange


@dataclass(frozen=True, slots=True)
class RestAnswer:
    """What the API says. `timed_out`: nothing at all, for so long as the client cares to wait."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    timed_out: bool = False


@dataclass(slots=True)
class RestRequest:
    """One request, parsed. path: below `/2010-04-01/Accounts/{sid}`."""

    method: str
    path: str
    form: Form
    sids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Arrived:
    """A request that has reached Twilio. After `takes_s` it is done and answered, unless the fault says otherwise."""

    takes_s: float
    fault: FaultRule | None

    @property
    def is_answered(self) -> bool:
        return self.fault is None or self.fault.do != "rest_timeout"


@dataclass(slots=True)
class Account:
    """Who may come in: the account's tokens and, if any, API keys with their secrets.

    auth_token: the primary one, which also signs webhooks; secondary_token: admitted beside it until it is promoted.
    """

    sid: str
    auth_token: str
    keys: dict[str, str] = field(default_factory=dict)
    friendly_name: str = "Stand-in"
    status: str = "active"
    secondary_token: str = ""

    def admits(self, user: str, password: str) -> bool:
        secrets = (self.auth_token, self.secondary_token) if user == self.sid else (self.keys.get(user, ""),)
        return any(secret and hmac.compare_digest(secret.encode(), password.encode()) for secret in secrets)

    def promote(self) -> None:
        """The secondary token becomes the primary one; the old one is refused from now on. Raises ValueError."""
        if not self.secondary_token:
            raise ValueError("there is no secondary token to promote")
        self.auth_token, self.secondary_token = self.secondary_token, ""


_SID = r"([A-Z]{2}[0-9a-f]{32})"
_ROUTES: tuple[tuple[str, re.Pattern[str], str], ...] = tuple(
    (method, re.compile(pattern), operation)
    for method, pattern, operation in (
        ("GET", r"", "fetch-account"),
        ("POST", r"/Calls", "create-call"),
        ("GET", r"/Calls", "list-calls"),
        ("GET", rf"/Calls/{_SID}", "fetch-call"),
        ("POST", rf"/Calls/{_SID}", "update-call"),
        ("POST", r"/Messages", "create-message"),
        ("GET", r"/Messages", "list-messages"),
        ("GET", rf"/Messages/{_SID}", "fetch-message"),
        ("GET", r"/IncomingPhoneNumbers", "list-numbers"),
        ("GET", rf"/IncomingPhoneNumbers/{_SID}", "fetch-number"),
        ("POST", rf"/IncomingPhoneNumbers/{_SID}", "update-number"),
        ("GET", r"/Recordings", "list-recordings"),
        ("GET", rf"/Recordings/{_SID}", "fetch-recording"),
        ("DELETE", rf"/Recordings/{_SID}", "delete-recording"),
    )
)
_PATH = re.compile(rf"/{re.escape(API_VERSION)}/Accounts/(AC[0-9a-f]{{32}})(/.*?)?(\.json|\.wav|\.mp3)?")
# Of another host, routes.twilio.com, that all share when a test takes Twilio's place.
_ROUTE = re.compile(r"/v2/PhoneNumbers/([^/]+)")


class _Waiting:
    """A client that waits for one answer; what comes after it gave up is lost."""

    def __init__(self, told: Callable[[RestAnswer], None]) -> None:
        self.is_waiting = True
        self._told = told

    def tell(self, answer: RestAnswer) -> None:
        """An answer comes, or nothing of that kind ever will."""
        if self.is_waiting and not answer.timed_out:
            self.is_waiting = False
            self._told(answer)

    def give_up(self) -> None:
        """It waits no longer."""
        if self.is_waiting:
            self.is_waiting = False
            self._told(_NO_ANSWER)


class RestApi:
    """Twilio's REST side over one exchange. Callable as a WSGI application, or by `ask` and `handle` without HTTP.

    A request takes effect when it is answered, not before. requests: a count per operation, for tests.
    """

    def __init__(
        self, exchange: "Exchange", account: Account, faults: Faults, latencies: Latencies | None = None
    ) -> None:
        self.exchange, self.account, self.faults = exchange, account, faults
        self.latencies = latencies or Latencies()
        self.requests: dict[str, int] = {}
        self.calls = CallResource(exchange)
        self.messages = MessageResource(exchange)
        self.numbers = NumberResource(exchange)
        self.recordings = RecordingResource(exchange)

    @property
    def takes_time(self) -> bool:
        """Whether some request may be under way for longer than an instant."""
        return bool(self.latencies) or any(rule.makes_rest_wait for rule in self.faults.rules)

    # -- without HTTP

    def ask(
        self,
        method: str,
        path: str,
        form: Form,
        auth: tuple[str, str] | None,
        told: Callable[[RestAnswer], None],
        timeout_s: float | None = None,
    ) -> None:
        """Answer a request in the world's time: `told` is called once, with the answer when it comes, or with one
        that `timed_out` when none came within `timeout_s`. The request may take effect after that all the same.
        """
        world = self.exchange.world
        with world.lock:
            arrived = self.arrive(method, path, auth)
            client = _Waiting(told)

            def act() -> None:
                client.tell(self.carry_out(method, path, form, auth, arrived.fault))

            if arrived.takes_s > 0:
                world.call_later(arrived.takes_s, act)
            else:
                act()
            if client.is_waiting and timeout_s is not None:
                world.call_later(timeout_s, client.give_up)
            elif not arrived.is_answered:
                client.give_up()  # a client without patience of its own waits for ever; no test can

    def handle(self, method: str, path: str, form: Form, auth: tuple[str, str] | None) -> RestAnswer:
        """Do and answer one request now; `form` holds the body's or the query's parameters. Takes the world's lock."""
        with self.exchange.world.lock:
            return self.carry_out(method, path, form, auth, self.arrive(method, path, auth).fault)

    def arrive(self, method: str, path: str, auth: tuple[str, str] | None) -> Arrived:
        """What this request will meet with."""
        if not self.latencies and not self.faults:
            return _AT_ONCE
        with self.exchange.world.lock:
            match = _PATH.fullmatch(path)
            operation = match and self._operation(method, match[2] or "", match[3] or "")
            if not operation:
                return Arrived(0.0, None)
            takes_s = self.latencies.draw_s(operation) if self.latencies else 0.0
            if not self.faults or auth is None or not self.account.admits(*auth):
                return Arrived(takes_s, None)
            fault = self.faults.rest(operation, path)
            return Arrived(takes_s + (fault.seconds if fault else 0.0), fault)

    def carry_out(
        self, method: str, path: str, form: Form, auth: tuple[str, str] | None, fault: FaultRule | None
    ) -> RestAnswer:
        """Do and answer one request that has arrived. Takes the world's lock."""
        with self.exchange.world.lock:
            try:
                return self._answer(method, path, form, auth, fault)
            except RestError as error:
                return _refusal(error)

    def _answer(
        self, method: str, path: str, form: Form, auth: tuple[str, str] | None, fault: FaultRule | None
    ) -> RestAnswer:
        route = _ROUTE.fullmatch(path)
        if route is not None and method == "GET" and auth is not None and self.account.admits(*auth):
            return _json(200, self.numbers.route(unquote(route[1])))
        match = _PATH.fullmatch(path)
        if match is None:
            raise RestError(404, 20404, f"The requested resource {path} was not found")
        if auth is None or not self.account.admits(*auth) or match[1] != self.account.sid:
            raise RestError(401, 20003, "Authenticate")
        rest, suffix = match[2] or "", match[3] or ""
        request, operation = self._route(method, rest, suffix, form)
        self.requests[operation] = self.requests.get(operation, 0) + 1
        spoils = fault is not None and fault.do != "rest_delay"
        if fault is not None and spoils and not fault.reaches:
            return _spoilt(fault.do, fault.status)
        if operation == "fetch-media":
            answer = self._media(request, suffix)
        else:
            check_form(operation, form)
            answer = self._operate(operation, request, path)
        return _spoilt(fault.do, fault.status) if fault is not None and spoils else answer

    def _operation(self, method: str, rest: str, suffix: str) -> str:
        """The name of an operation; empty when there is none."""
        try:
            return self._route(method, rest, suffix, {})[1]
        except RestError:
            return ""

    def _route(self, method: str, rest: str, suffix: str, form: Form) -> tuple[RestRequest, str]:
        known = False
        for verb, pattern, operation in _ROUTES:
            match = pattern.fullmatch(rest)
            if match is None:
                continue
            if verb == method:
                if suffix in (".wav", ".mp3") or (operation == "fetch-recording" and not suffix):
                    operation = "fetch-media"
                return RestRequest(method, rest, form, match.groups()), operation
            known = True
        if known:
            raise RestError(405, 20004, "Method not allowed")
        raise RestError(404, 20404, f"The requested resource {rest} was not found")

    def _operate(self, operation: str, request: RestRequest, path: str) -> RestAnswer:
        sid = request.sids[0] if request.sids else ""
        form, account_sid = request.form, self.account.sid
        if operation == "fetch-account":
            return _json(200, self._account_json())
        if operation == "create-call":
            return _json(201, call_json(self.calls.create(form)))
        if operation == "fetch-call":
            return _json(200, call_json(self.calls.fetch(sid)))
        if operation == "update-call":
            return _json(200, call_json(self.calls.update(sid, form)))
        if operation == "create-message":
            return _json(201, message_json(self.messages.create(form), account_sid))
        if operation == "fetch-message":
            return _json(200, message_json(self.messages.fetch(sid), account_sid))
        if operation == "fetch-number":
            return _json(200, line_json(self.numbers.fetch(sid), account_sid))
        if operation == "update-number":
            return _json(200, line_json(self.numbers.update(sid, form), account_sid))
        if operation == "fetch-recording":
            return _json(200, recording_json(self.recordings.fetch(sid)))
        if operation == "delete-recording":
            self.recordings.delete(sid)
            return RestAnswer(204, b"")
        return self._list(operation, form, path)

    def _list(self, operation: str, form: Form, path: str) -> RestAnswer:
        size = min(max(1, int(one(form, "PageSize") or "50")), MAX_PAGE)
        page = int(one(form, "Page") or "0")
        query = {name: values[0] for name, values in form.items() if name not in ("Page", "PageSize", "PageToken")}
        name, found, render = self._found(operation, form)
        shown = range(page * size, min(len(found), (page + 1) * size))
        rendered = [render(item) if index in shown else {} for index, item in enumerate(found)]
        return _json(200, page_json(name, rendered, path, query, page, size))

    def _found(self, operation: str, form: Form) -> tuple[str, list[Any], Callable[[Any], Json]]:
        """The list's name in the answer, all that was found, and how one is written."""
        account_sid = self.account.sid
        if operation == "list-calls":
            return "calls", self.calls.list(form), call_json
        if operation == "list-messages":
            return "messages", self.messages.list(form), lambda message: message_json(message, account_sid)
        if operation == "list-numbers":
            return "incoming_phone_numbers", self.numbers.list(form), lambda line: line_json(line, account_sid)
        return "recordings", self.recordings.list(form), recording_json

    def _account_json(self) -> Json:
        return {
            "sid": self.account.sid,
            "owner_account_sid": self.account.sid,
            "friendly_name": self.account.friendly_name,
            "status": self.account.status,
            "type": "Full",
            "auth_token": None,
            "date_created": rfc2822(self.exchange.now()),
            "date_updated": rfc2822(self.exchange.now()),
            "uri": base(self.account.sid) + ".json",
            "subresource_uris": {"calls": base(self.account.sid) + "/Calls.json"},
        }

    def _media(self, request: RestRequest, suffix: str) -> RestAnswer:
        recording = self.recordings.fetch(request.sids[0])
        if not recording.ready:
            raise RestError(404, 20404, "The media is not there yet")
        if suffix == ".mp3":
            return RestAnswer(200, mp3(recording.duration_s), "audio/mpeg")
        return RestAnswer(200, wav(recording.duration_s), "audio/x-wav")

    # -- as a WSGI application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        text = body.decode() if method == "POST" else environ.get("QUERY_STRING", "")
        form = parse_qs(text, keep_blank_values=True)
        auth = _basic_auth(environ.get("HTTP_AUTHORIZATION", ""))
        arrived = self.arrive(method, path, auth)
        if arrived.takes_s:
            time.sleep(arrived.takes_s)
        answer = self.carry_out(method, path, form, auth, arrived.fault)
        if answer.timed_out:
            time.sleep(30)
        headers = [("Content-Type", answer.content_type), ("Content-Length", str(len(answer.body))), *answer.headers]
        if answer.status == 401:
            headers.append(("WWW-Authenticate", 'Basic realm="Twilio API"'))
        start_response(f"{answer.status} {_REASONS.get(answer.status, 'Answer')}", headers)
        return [answer.body]


_AT_ONCE = Arrived(0.0, None)
_NO_ANSWER = RestAnswer(0, b"", timed_out=True)
_REASONS = {200: "OK", 201: "Created", 204: "No Content", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
            404: "Not Found", 405: "Method Not Allowed", 429: "Too Many Requests",
            500: "Internal Server Error"}  # fmt: skip


def _json(status: int, value: Json) -> RestAnswer:
    return RestAnswer(status, json.dumps(value).encode())


def _refusal(error: RestError) -> RestAnswer:
    return _json(
        error.status,
        {
            "code": error.code,
            "message": error.message,
            "more_info": f"https://www.twilio.com/docs/errors/{error.code}",
            "status": error.status,
        },
    )


def _spoilt(do: str, status: int) -> RestAnswer:
    if do == "rest_timeout":
        return _NO_ANSWER
    status = 429 if do == "rest_429" else status
    return _refusal(RestError(status, *_SPOILT.get(status, (20500, "An internal server error has occurred"))))


_SPOILT = {
    401: (20003, "Authenticate"),
    403: (20403, "Forbidden"),
    404: (20404, "The requested resource was not found"),
    429: (20429, "Too Many Requests"),
}


def _basic_auth(header: str) -> tuple[str, str] | None:
    kind, _, value = header.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(value).decode().partition(":")
    except ValueError:
        return None
    return user, password
