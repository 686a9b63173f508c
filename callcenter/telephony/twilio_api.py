"""Client of Twilio's REST API. All REST requests of the product go through `TwilioApi`."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from urllib3.exceptions import ConnectTimeoutError, HTTPError, MaxRetryError, NewConnectionError, ProxyError

from callcenter.clock import STEP_TOLERANCE
from callcenter.telephony.listed_calls import Asked, ListedCall, asked
from callcenter.telephony.media import LARGEST_BYTES, MediaRefused, is_sound
from callcenter.telephony.number_settings import NumberSettings
from callcenter.telephony.parameters import is_recording_sid, whole_seconds
from callcenter.telephony.trusted_hosts import NotTwilio

if TYPE_CHECKING:
    from twilio.http import HttpClient
    from twilio.rest import Client

    from callcenter.settings import Settings

TWILIO_API = "https://api.twilio.com"
TWILIO_ROUTES = "https://routes.twilio.com"
# Twilio normally answers a REST request within tens of milliseconds. A caller cannot wait longer than this.
REST_TIMEOUT_S = 5.0
CALL_NOT_LIVE = 21220
NOT_FOUND = 20404
# https://www.twilio.com/docs/api/errors: authentication, account not active, access denied, test credentials.
_CREDENTIALS_REFUSED = frozenset({"20003", "20005", "20006", "20008", "http 401", "http 403"})
_OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


class RestError(Exception):
    """A request that failed.

    code: Twilio's error code, or `timeout`, `connect`, `http <status>`.
    retry_safe: a retry cannot carry it out twice, and may succeed.
    credentials_refused: Twilio refused our credentials or our account, so it did not carry out the request.
    not_ready: nothing is wrong; Twilio does not have what it announced yet.
    """

    def __init__(
        self, code: str, *, retry_safe: bool, credentials_refused: bool = False, not_ready: bool = False
    ) -> None:
        super().__init__(code)
        self.code = code
        self.retry_safe = retry_safe
        self.credentials_refused = credentials_refused
        self.not_ready = not_ready


@dataclass(frozen=True, slots=True)
class CallStatus:
    """A call's status. ended_at: UTC; None until the call has ended."""

    status: str
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account's friendly name and its status: `active`, `suspended` or `closed`."""

    name: str
    status: str


class TwilioApi:
    """The REST operations that callcenter needs. Each has a timeout and raises RestError when it fails."""

    def __init__(self, client: "Client") -> None:
        self._client = client

    def create_call(
        self,
        *,
        to: str,
        from_: str,
        url: str,
        status_callback: str,
        events: Sequence[str],
        timeout_s: int,
    ) -> str:
        """Create a call and return its sid. Raises RestError.

        timeout_s: how many seconds the telephone rings. events: sent as a repeated parameter, because Twilio accepts
        them in one string too but then never calls back (docs/twilio.md).
        """
        call = self._do(
            lambda: self._client.calls.create(
                to=to,
                from_=from_,
                url=url,
                method="POST",
                status_callback=status_callback,
                status_callback_method="POST",
                status_callback_event=list(events),
                timeout=timeout_s,
            ),
            creates=True,
        )
        return str(call.sid)

    def redirect_call(self, sid: str, url: str) -> None:
        """Make Twilio request the live call's next document from `url` now. Raises RestError."""
        self._do(lambda: self._client.calls(_in_path(sid)).update(url=url, method="POST"))

    def end_call(self, sid: str, *, unanswered: bool = False) -> None:
        """End a call. Raises RestError.

        unanswered: end it only while it is queued or ringing, otherwise in any state.
        """
        self._do(lambda: self._client.calls(_in_path(sid)).update(status="canceled" if unanswered else "completed"))

    def call_status(self, sid: str) -> CallStatus:
        """The call's present status; `completed` for one that Twilio knows no longer. Raises RestError."""
        try:
            call = self._do(lambda: self._client.calls(_in_path(sid)).fetch())
        except RestError as error:
            if error.code == str(NOT_FOUND):
                return CallStatus("completed", None)
            raise
        return CallStatus(str(call.status), _utc(call.end_time))

    def recordings_of(self, sid: str) -> list[tuple[str, int]]:
        """A call's recordings, newest first: sid and length in seconds. Raises RestError."""
        found = self._do(lambda: self._client.recordings.list(call_sid=sid, limit=5))
        return [(str(r.sid), whole_seconds(r.duration)) for r in found]

    def deleted_recordings_of(self, sid: str) -> list[tuple[str, int]]:
        """A call's recordings that were deleted: sid and length in seconds, oldest first. Raises RestError.

        Twilio tells of them for 40 days. https://www.twilio.com/docs/voice/api/recording
        """
        found = self._do(lambda: self._client.recordings.list(call_sid=sid, include_soft_deleted=True, limit=20))
        return [(str(r.sid), whole_seconds(r.duration)) for r in reversed(found) if str(r.status) == "deleted"]

    def calls_to(self, number: str, since: datetime) -> Iterator[ListedCall]:
        """Twilio's list of calls to a number that started at or after an instant, newest first. Raises RestError."""
        return self._listed(to=number, since=since)

    def calls_from(self, number: str, since: datetime) -> Iterator[ListedCall]:
        """Twilio's list of calls from a number that started at or after an instant, newest first. Raises RestError."""
        return self._listed(from_=number, since=since)

    def _listed(self, *, since: datetime, **which: str) -> Iterator[ListedCall]:
        listed = self._do(
            lambda: list(self._client.calls.stream(start_time_after=since, page_size=200, **cast(Any, which)))
        )
        for call in listed:
            yield ListedCall(
                str(call.sid),
                call._from,
                call.to,
                str(call.status),
                str(call.direction),
                _utc(call.start_time),
                whole_seconds(call.duration) if call.duration else None,
                call.forwarded_from,
                _utc(call.end_time),
                call.parent_call_sid,
            )

    def documents_of(self, sid: str) -> list[Asked]:
        """The documents that Twilio requested for a call, oldest first. Raises RestError.

        Twilio tells of them from 15 minutes after the call's end on, for a month at least; before, the list is empty.
        """
        found = self._do(lambda: self._client.calls(sid).events.list(limit=500))
        return asked((event.request, event.response) for event in found)

    def live_call_to(self, number: str, since: datetime) -> str | None:
        """The sid of a call that we created to a number since an instant and that has not ended; None without one.

        since: by the clock of one of our hosts, which may be ahead of Twilio's, so older calls are found too. Raises
        RestError.
        """
        asked = since.replace(microsecond=0) - STEP_TOLERANCE
        listed = self._do(lambda: self._client.calls.list(to=number, start_time_after=asked, limit=20))
        found = (call for call in listed if call.to == number and call.direction == "outbound-api")
        return next((str(call.sid) for call in found if str(call.status) not in _OVER), None)

    def send_sms(self, *, to: str, from_: str, body: str) -> str:
        """Send a text message and return its sid. Raises RestError."""
        message = self._do(lambda: self._client.messages.create(to=to, from_=from_, body=body), creates=True)
        return str(message.sid)

    def recording_media(self, sid: str) -> bytes:
        """A recording as a WAV file, from the API's own host. Raises RestError; a 404 is retry-safe: the file may come
        later."""
        if not is_recording_sid(sid):
            raise RestError("no recording sid", retry_safe=False)
        path = f"/2010-04-01/Accounts/{self._client.account_sid}/Recordings/{sid}.wav"
        address = self._client.get_hostname(f"{TWILIO_API}{path}")
        auth = (self._client.username, self._client.password)
        answer = self._do(lambda: self._client.http_client.get(address, auth))
        if answer.status != 200:
            retry = answer.status in (404, 429) or answer.status >= 500
            code = f"http {answer.status}"
            refused, not_ready = _refuses_us(answer.status, code), answer.status == 404
            raise RestError(code, retry_safe=retry, credentials_refused=refused, not_ready=not_ready)
        if len(answer.data) > LARGEST_BYTES:
            raise RestError("too large", retry_safe=False)
        if not is_sound(str(answer.headers.get("Content-Type", "")), answer.data):
            raise RestError("no sound", retry_safe=False)
        return cast(bytes, answer.data)

    def delete_recording(self, sid: str) -> None:
        """Delete a recording. Does nothing when it is gone already. Raises RestError."""
        try:
            self._do(lambda: self._client.recordings(_in_path(sid)).delete())
        except RestError as error:
            if error.code != str(NOT_FOUND):
                raise

    def number_settings(self, number: str) -> NumberSettings | None:
        """The settings of a number; None when the account does not have that number. Raises RestError."""
        # Twilio also finds numbers that contain this one.
        found = self._do(lambda: self._client.incoming_phone_numbers.list(phone_number=number, limit=20))
        return next((_number_settings(one) for one in found if one.phone_number == number), None)

    def set_number(self, sid: str, **settings: str) -> None:
        """Change some of a number's settings, by Twilio's names. An empty string clears one. Raises RestError."""
        self._do(lambda: self._client.incoming_phone_numbers(sid).update(**cast(Any, settings)))

    def voice_region(self, number: str) -> str:
        """The Twilio region that processes a number's calls; empty when none was chosen. Raises RestError.

        The library would send the request to the configured region, but this API has one address for all regions.
        https://www.twilio.com/docs/global-infrastructure/inbound-processing-region-api
        """
        auth = (self._client.username, self._client.password)
        address = f"{TWILIO_ROUTES}/v2/PhoneNumbers/{quote(number)}"
        answer = self._do(lambda: self._client.http_client.request("GET", address, auth=auth))
        if answer.status_code != 200:
            code = f"http {answer.status_code}"
            raise RestError(code, retry_safe=False, credentials_refused=_refuses_us(answer.status_code, code))
        try:
            return str(json.loads(answer.text).get("voice_region") or "")
        except (ValueError, AttributeError):
            raise RestError("not understood", retry_safe=False) from None

    def account(self) -> AccountState:
        """The account. A result proves that the credentials work. Raises RestError."""
        found = self._do(lambda: self._client.api.accounts(self._client.account_sid).fetch())
        return AccountState(str(found.friendly_name), str(found.status))

    def _do(self, ask: Any, *, creates: bool = False) -> Any:
        from twilio.base.exceptions import TwilioException, TwilioRestException

        try:
            return ask()
        except TwilioRestException as error:
            # For a response that is not Twilio's own, such as a gateway's page, the library sets the status as code.
            code = str(error.code) if error.code not in (None, error.status) else f"http {error.status}"
            safe = error.status == 429 or (error.status >= 500 and not creates)
            ours = _refuses_us(error.status, code)
            raise RestError(code, retry_safe=safe, credentials_refused=ours) from None
        except (HTTPError, OSError) as error:
            raise _transport_error(error, creates) from None
        except (MediaRefused, NotTwilio) as error:
            raise RestError(str(error), retry_safe=False) from None
        except TwilioException as error:
            raise _page_error(error) from None


_SETTINGS = (
    "voice_url",
    "voice_method",
    "voice_fallback_url",
    "voice_fallback_method",
    "status_callback",
    "status_callback_method",
    "voice_receive_mode",
    "voice_application_sid",
    "trunk_sid",
    "sms_url",
    "sms_method",
    "sms_application_sid",
)


def _number_settings(found: Any) -> NumberSettings:
    can = {name.lower(): able for name, able in (found.capabilities or {}).items()}
    values = {name: str(getattr(found, name, None) or "") for name in _SETTINGS}
    return NumberSettings(
        str(found.sid), str(found.phone_number), values, can.get("voice") is not False, can.get("sms") is not False
    )


def _utc(instant: datetime | None) -> datetime | None:
    """Twilio's times are UTC, with or without a zone."""
    if instant is None:
        return None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def _in_path(sid: str) -> str:
    """A sid as part of an address: it came in a request, and the library would let it name another resource."""
    return quote(sid, safe="")


def is_over(send: Callable[[], None]) -> bool:
    """Send a request about a live call. True when Twilio refuses it because the call is not live: mostly it is over."""
    try:
        send()
    except RestError as error:
        if error.code in (str(CALL_NOT_LIVE), str(NOT_FOUND)):
            return True
        raise
    return False


def may_have_taken_effect(code: str) -> bool:
    """Whether Twilio may have carried out a request that failed with this code.

    That is unknown after a timeout, and after an error on Twilio's side (HTTP 5xx, codes 205xx).
    """
    return code == "timeout" or code.startswith(("http 5", "205"))


def _refuses_us(status: int, code: str) -> bool:
    """Whether our credentials are refused. A 403 by itself may also mean that an operation is forbidden."""
    return status == 401 or code in _CREDENTIALS_REFUSED


def _page_error(error: Exception) -> RestError:
    """The error of a refused list request.

    The library raises it without a code but with the whole response, which must not reach the log.
    """
    status = next((arg.status_code for arg in error.args if hasattr(arg, "status_code")), None)
    if status is None:
        return RestError(str(error)[:60], retry_safe=False)
    code = f"http {status}"
    return RestError(code, retry_safe=status == 429 or status >= 500, credentials_refused=_refuses_us(status, code))


def _transport_error(error: Exception, creates: bool) -> RestError:
    reason: Any = error.reason if isinstance(error, MaxRetryError) else error
    if isinstance(reason, ProxyError):
        reason = reason.original_error  # urllib3 also raises it for errors after the request was sent
    if isinstance(reason, ConnectTimeoutError | NewConnectionError):
        return RestError("connect", retry_safe=True)
    # The request may have arrived. A repeated creation could ring a mobile twice.
    return RestError("timeout", retry_safe=not creates)


def make_client(settings: "Settings", http_client: "HttpClient | None" = None) -> "Client":
    """The official library's client for these settings. http_client: replaces the network, as the stand-in does."""
    from twilio.rest import Client

    from callcenter.telephony.http_client import PooledHttpClient

    key, secret = settings.twilio_api_key, settings.twilio_api_secret
    user, password = (
        (key, secret.get_secret_value())
        if key and secret
        else (settings.twilio_account_sid, settings.twilio_auth_token.get_secret_value())
    )
    return Client(
        user,
        password,
        settings.twilio_account_sid,
        region=settings.twilio_region,
        edge=settings.twilio_edge,
        http_client=http_client or PooledHttpClient(REST_TIMEOUT_S, settings.twilio_api_base_url),
    )
