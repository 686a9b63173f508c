"""Twilio's REST API, version 2010-04-01, as far as callcenter uses it: routes each request to its resource."""

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

from callcenter.standin.faults import FaultRule, Faults
from callcenter.standin.rest.account import Account, basic_auth
from callcenter.standin.rest.answers import NO_ANSWER, REASONS, RestAnswer, error_answer, faulty_answer, json_answer
from callcenter.standin.rest.calls import MAX_PAGE, CallResource
from callcenter.standin.rest.forms import Form, RestError, check_form, one
from callcenter.standin.rest.json import (
    Json,
    base,
    call_json,
    event_json,
    line_json,
    message_json,
    page_json,
    recording_json,
)
from callcenter.standin.rest.latency import Latencies
from callcenter.standin.rest.resources import MessageResource, NumberResource, RecordingResource
from callcenter.standin.twilio.calls import API_VERSION, rfc2822
from callcenter.standin.twilio.exchange import Exchange
from callcenter.standin.twilio.recordings import mp3, wav


@dataclass(slots=True)
class RestRequest:
    """A parsed request. path: the part below `/2010-04-01/Accounts/{sid}`; sids: those in the path."""

    method: str
    path: str
    form: Form
    sids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Handling:
    """How a request will be handled: after `takes_s` seconds, and with which injected fault, if any."""

    takes_s: float
    fault: FaultRule | None

    @property
    def is_answered(self) -> bool:
        return self.fault is None or self.fault.do != "rest_timeout"


_AT_ONCE = Handling(0.0, None)
_SID = r"([A-Z]{2}[0-9a-f]{32})"
_ROUTES: tuple[tuple[str, re.Pattern[str], str], ...] = tuple(
    (method, re.compile(pattern), operation)
    for method, pattern, operation in (
        ("GET", r"", "fetch-account"),
        ("POST", r"/Calls", "create-call"),
        ("GET", r"/Calls", "list-calls"),
        ("GET", rf"/Calls/{_SID}", "fetch-call"),
        ("POST", rf"/Calls/{_SID}", "update-call"),
        ("GET", rf"/Calls/{_SID}/Events", "list-events"),
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
# At Twilio this is on a host of its own, routes.twilio.com. The stand-in serves it on the same one.
_ROUTE = re.compile(r"/v2/PhoneNumbers/([^/]+)")


class _Client:
    """A client that waits for one answer. It gets exactly one: what comes after it gave up is dropped."""

    def __init__(self, done: Callable[[RestAnswer], None]) -> None:
        self.is_waiting = True
        self._done = done

    def receive(self, answer: RestAnswer) -> None:
        """An answer arrives, or the result that none will."""
        if self.is_waiting and not answer.timed_out:
            self.is_waiting = False
            self._done(answer)

    def give_up(self) -> None:
        """The client's own timeout has passed."""
        if self.is_waiting:
            self.is_waiting = False
            self._done(NO_ANSWER)


class RestApi:
    """Twilio's REST side over one exchange: a WSGI application, or `request` and `handle` without HTTP.

    A request takes effect at the moment it is answered. requests: how often each operation was requested.
    """

    def __init__(
        self, exchange: Exchange, account: Account, faults: Faults, latencies: Latencies | None = None
    ) -> None:
        self.world, self.account, self.faults = exchange.world, account, faults
        self.latencies = latencies or Latencies()
        self.requests: dict[str, int] = {}
        self.calls = CallResource(exchange)
        self.messages = MessageResource(exchange.platform, exchange.messages)
        self.numbers = NumberResource(exchange.platform)
        self.recordings = RecordingResource(exchange.recordings)

    @property
    def takes_time(self) -> bool:
        """Whether a latency or a fault can delay an answer."""
        return bool(self.latencies) or any(rule.makes_rest_wait for rule in self.faults.rules)

    # -- without HTTP

    def request(
        self,
        method: str,
        path: str,
        form: Form,
        auth: tuple[str, str] | None,
        done: Callable[[RestAnswer], None],
        timeout_s: float | None = None,
    ) -> None:
        """Handle a request in the world's time. `done` is called exactly once.

        It gets the answer, or an answer that is `timed_out` when none came within `timeout_s`. A request that timed out
        may still take effect later. auth: user and password.
        """
        world = self.world
        with world.lock:
            handling = self._plan(method, path, auth)
            client = _Client(done)

            def act() -> None:
                client.receive(self._carry_out(method, path, form, auth, handling.fault))

            if handling.takes_s > 0:
                world.call_later(handling.takes_s, act)
            else:
                act()
            if client.is_waiting and timeout_s is not None:
                world.call_later(timeout_s, client.give_up)
            elif not handling.is_answered:
                client.give_up()  # without a timeout the client would wait for ever

    def handle(self, method: str, path: str, form: Form, auth: tuple[str, str] | None) -> RestAnswer:
        """Handle and answer a request at once, whatever its latency. form: the parameters of the body or the query."""
        with self.world.lock:
            return self._carry_out(method, path, form, auth, self._plan(method, path, auth).fault)

    def _plan(self, method: str, path: str, auth: tuple[str, str] | None) -> Handling:
        """Draw latency and fault for a request."""
        if not self.latencies and not self.faults:
            return _AT_ONCE
        with self.world.lock:
            match = _PATH.fullmatch(path)
            operation = match and self._operation(method, match[2] or "", match[3] or "")
            if not operation:
                return Handling(0.0, None)
            takes_s = self.latencies.draw_s(operation) if self.latencies else 0.0
            if not self.faults or auth is None or not self.account.admits(*auth):
                return Handling(takes_s, None)
            fault = self.faults.rest(operation, path)
            return Handling(takes_s + (fault.seconds if fault else 0.0), fault)

    def _carry_out(
        self, method: str, path: str, form: Form, auth: tuple[str, str] | None, fault: FaultRule | None
    ) -> RestAnswer:
        with self.world.lock:
            try:
                return self._answer(method, path, form, auth, fault)
            except RestError as error:
                return error_answer(error)

    def _answer(
        self, method: str, path: str, form: Form, auth: tuple[str, str] | None, fault: FaultRule | None
    ) -> RestAnswer:
        route = _ROUTE.fullmatch(path)
        if route is not None and method == "GET" and auth is not None and self.account.admits(*auth):
            return json_answer(200, self.numbers.route(unquote(route[1])))
        match = _PATH.fullmatch(path)
        if match is None:
            raise RestError(404, 20404, f"The requested resource {path} was not found")
        if auth is None or not self.account.admits(*auth) or match[1] != self.account.sid:
            raise RestError(401, 20003, "Authenticate")
        rest, suffix = match[2] or "", match[3] or ""
        request, operation = self._route(method, rest, suffix, form)
        self.requests[operation] = self.requests.get(operation, 0) + 1
        if fault is not None and fault.do == "rest_delay":
            fault = None  # the answer itself is unchanged
        if fault is not None and not fault.reaches:
            return faulty_answer(fault.do, fault.status)
        if operation == "fetch-media":
            answer = self._media(request, suffix)
        else:
            check_form(operation, form)
            answer = self._operate(operation, request, path)
        return answer if fault is None else faulty_answer(fault.do, fault.status)

    def _operation(self, method: str, rest: str, suffix: str) -> str:
        """The name of the operation that a request addresses; empty when there is none."""
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
            return json_answer(200, self._account_json())
        if operation == "create-call":
            return json_answer(201, call_json(self.calls.create(form)))
        if operation == "fetch-call":
            return json_answer(200, call_json(self.calls.fetch(sid)))
        if operation == "update-call":
            return json_answer(200, call_json(self.calls.update(sid, form)))
        if operation == "create-message":
            return json_answer(201, message_json(self.messages.create(form), account_sid))
        if operation == "fetch-message":
            return json_answer(200, message_json(self.messages.fetch(sid), account_sid))
        if operation == "fetch-number":
            return json_answer(200, line_json(self.numbers.fetch(sid), account_sid))
        if operation == "update-number":
            return json_answer(200, line_json(self.numbers.update(sid, form), account_sid))
        if operation == "fetch-recording":
            return json_answer(200, recording_json(self.recordings.fetch(sid)))
        if operation == "delete-recording":
            self.recordings.delete(sid)
            return RestAnswer(204, b"")
        return self._list(operation, form, path, sid)

    def _list(self, operation: str, form: Form, path: str, sid: str) -> RestAnswer:
        size = min(max(1, int(one(form, "PageSize") or "50")), MAX_PAGE)
        page = int(one(form, "Page") or "0")
        query = {name: values[0] for name, values in form.items() if name not in ("Page", "PageSize", "PageToken")}
        name, found, render = self._found(operation, form, sid)
        start, end = page * size, (page + 1) * size
        shown = [render(item) for item in found[start:end]]
        return json_answer(200, page_json(name, shown, end < len(found), path, query, page, size))

    def _found(self, operation: str, form: Form, sid: str) -> tuple[str, list[Any], Callable[[Any], Json]]:
        """The name of the list in the answer, the items that match, and the function that renders one."""
        account_sid = self.account.sid
        if operation == "list-calls":
            return "calls", self.calls.list(form), call_json
        if operation == "list-events":
            return "events", self.calls.events(sid), event_json
        if operation == "list-messages":
            return "messages", self.messages.list(form), lambda message: message_json(message, account_sid)
        if operation == "list-numbers":
            return "incoming_phone_numbers", self.numbers.list(form), lambda line: line_json(line, account_sid)
        deleted = self.recordings.is_deleted
        return "recordings", self.recordings.list(form), lambda one: recording_json(one, deleted=deleted(one))

    def _account_json(self) -> Json:
        return {
            "sid": self.account.sid,
            "owner_account_sid": self.account.sid,
            "friendly_name": self.account.friendly_name,
            "status": self.account.status,
            "type": "Full",
            "auth_token": None,
            "date_created": rfc2822(self.world.now()),
            "date_updated": rfc2822(self.world.now()),
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
        auth = basic_auth(environ.get("HTTP_AUTHORIZATION", ""))
        handling = self._plan(method, path, auth)
        if handling.takes_s:
            time.sleep(handling.takes_s)
        answer = self._carry_out(method, path, form, auth, handling.fault)
        if answer.timed_out:
            time.sleep(30)
        headers = [("Content-Type", answer.content_type), ("Content-Length", str(len(answer.body)))]
        if answer.status == 401:
            headers.append(("WWW-Authenticate", 'Basic realm="Twilio API"'))
        start_response(f"{answer.status} {REASONS.get(answer.status, 'Answer')}", headers)
        return [answer.body]
