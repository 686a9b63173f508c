"""The REST operations on calls: create, fetch, update, list."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from callcenter.standin.log import Webhook
from callcenter.standin.rest.forms import Form, RestError, is_e164, one
from callcenter.standin.twilio.calls import Call, Callbacks, country
from callcenter.standin.twilio.exchange import Exchange

MAX_PAGE = 1000
# Twilio shows the requests of a call only this long after its end.
EVENTS_AFTER = timedelta(minutes=15)
_EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})


class CallResource:
    """The account's calls. countries: those that may be called (error 21215 for others); None: all.

    list_lag_s: seconds until a new call appears in the list, as it may take at Twilio.
    """

    def __init__(self, exchange: Exchange, countries: frozenset[str] | None = None) -> None:
        self._exchange, self._platform = exchange, exchange.platform
        self.countries = countries
        self.list_lag_s = 0.0

    def create(self, form: Form) -> Call:
        """Create a queued call, which starts when the rate allows. Raises RestError with Twilio's code."""
        to, from_ = one(form, "To"), one(form, "From") or one(form, "CallerId")
        self._check_numbers(to, from_)
        url, twiml = one(form, "Url"), one(form, "Twiml")
        if not url and not twiml and not one(form, "ApplicationSid"):
            raise RestError(400, 21205, "Url parameter is required.")
        timeout_s = float(one(form, "Timeout", "60"))
        if not 0 < timeout_s <= 600:
            raise RestError(400, 20001, "Timeout must be between 1 and 600")
        events = form.get("StatusCallbackEvent") or ["completed"]
        call = self._exchange.create(from_, to, self._callbacks(form, url, twiml, events), timeout_s)
        if not set(events) <= _EVENTS:
            self._platform.alert(21626, f"StatusCallbackEvent {events!r} is invalid", call.sid, url)
        return call

    def _check_numbers(self, to: str, from_: str) -> None:
        if not to:
            raise RestError(400, 21201, "No 'To' number is specified")
        if not from_:
            raise RestError(400, 21213, "No 'From' number is specified")
        if not is_e164(to) and not to.startswith(("sip:", "client:")):
            raise RestError(400, 21211, f"The phone number you are attempting to call, {to}, is not valid.")
        if from_ not in self._platform.lines:
            raise RestError(400, 21210, f"The source phone number provided, {from_}, is not yet verified.")
        if self.countries is not None and country(to) not in self.countries:
            raise RestError(400, 21215, f"Account not authorized to call {to}.")

    @staticmethod
    def _callbacks(form: Form, url: str, twiml: str, events: list[str]) -> Callbacks:
        known = frozenset(events) & _EVENTS if set(events) <= _EVENTS else frozenset()
        return Callbacks(
            url=url,
            method=one(form, "Method", "POST"),
            twiml="" if url else twiml,
            fallback_url=one(form, "FallbackUrl"),
            fallback_method=one(form, "FallbackMethod", "POST"),
            status_url=one(form, "StatusCallback"),
            status_method=one(form, "StatusCallbackMethod", "POST"),
            status_events=known,
            time_limit_s=float(one(form, "TimeLimit")) if one(form, "TimeLimit") else None,
        )

    def fetch(self, sid: str) -> Call:
        """Raises RestError 20404 for an unknown SID."""
        call = self._exchange.calls.get(sid)
        if call is None:
            raise RestError(404, 20404, f"The requested resource /Calls/{sid}.json was not found")
        return call

    def events(self, sid: str) -> list[Webhook]:
        """The requests for documents of a call, oldest first. Raises RestError 20404 for an unknown SID."""
        call = self.fetch(sid)
        if call.ended_at is None or self._platform.now() < call.ended_at + EVENTS_AFTER:
            return []
        return [webhook for webhook in call.webhooks if webhook.status]

    def update(self, sid: str, form: Form) -> Call:
        """Redirect a live call, end it, or change its callbacks. Raises RestError 21220 when it has ended."""
        call = self.fetch(sid)
        status, url, twiml = one(form, "Status"), one(form, "Url"), one(form, "Twiml")
        if status not in ("", "canceled", "completed"):
            raise RestError(400, 20001, f"Invalid Status {status!r}")
        if not call.is_live:
            raise RestError(400, 21220, "Call is not in-progress. Cannot redirect.")
        for parameter, name in _CALLBACK_FIELDS.items():
            if parameter in form:
                setattr(call.callbacks, name, one(form, parameter))
        if not (status or url or twiml):
            return call
        if status == "completed":
            self._exchange.complete(call)
        elif status == "canceled":
            if call.answered_at is not None:
                raise RestError(400, 21220, "Invalid call state: only queued or ringing calls can be canceled")
            self._exchange.cancel(call)
        elif call.status != "in-progress" or call.player is None:
            raise RestError(400, 21220, "Call is not in-progress. Cannot redirect.")
        else:
            self._exchange.redirect(call, url, one(form, "Method", "POST"), twiml)
        return call

    def list(self, form: Form) -> list[Call]:
        """The calls that match the form's filters, newest first."""
        wanted: list[Callable[[Call], bool]] = []
        for name, read in _FIELDS.items():
            value = one(form, name)
            if value:
                wanted.append(partial(_equals, read, value))
        for name in ("StartTime", "EndTime"):
            for sign in ("", "<", ">"):
                value = one(form, name + sign)
                if value:
                    wanted.append(_time_filter(name, sign, value))
        newest = self._platform.now() - timedelta(seconds=self.list_lag_s)
        oldest = _earliest(one(form, "StartTime>") or one(form, "StartTime"))
        found = []
        for call in reversed(self._exchange.calls.values()):
            if oldest is not None and call.created_at < oldest:
                break
            if call.created_at <= newest and all(test(call) for test in wanted):
                found.append(call)
        return found


_CALLBACK_FIELDS = {
    "FallbackUrl": "fallback_url",
    "FallbackMethod": "fallback_method",
    "StatusCallback": "status_url",
    "StatusCallbackMethod": "status_method",
}


def _earliest(text: str) -> datetime | None:
    """The earliest creation of a call that may have started at `text`: a call starts within an hour of its creation."""
    return _instant(text) - timedelta(hours=1) if text else None


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant


def _equals(read: Callable[[Call], str], value: str, call: Call) -> bool:
    return read(call) == value


def _parent(call: Call) -> str:
    return call.parent.sid if call.parent else ""


_FIELDS: dict[str, Callable[[Call], str]] = {
    "To": lambda call: call.to,
    "From": lambda call: call.from_,
    "ParentCallSid": _parent,
    "Status": lambda call: call.status,
}


def _time_filter(name: str, sign: str, text: str) -> Callable[[Call], bool]:
    """A filter on start or end. `2027-06-08` means the UTC day. `<` and `>` include the bound, as at Twilio."""
    whole_day = len(text) == 10
    start = _instant(text)
    end = start + timedelta(days=1) if whole_day else start + timedelta(seconds=1)

    def moment(call: Call) -> datetime | None:
        if name == "EndTime":
            return call.ended_at
        return call.answered_at or call.initiated_at or call.created_at

    def test(call: Call) -> bool:
        at = moment(call)
        if at is None:
            return False
        if sign == "<":
            return at < end if whole_day else at <= start
        if sign == ">":
            return at >= start
        return start <= at < end

    return test
