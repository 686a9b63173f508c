"""Which orders are retried while Twilio's REST API is down or refuses us, how often, and until when."""

from datetime import datetime, timedelta
from enum import Enum

from callcenter.telephony.twilio_api import RestError, may_have_taken_effect

# Seconds before a message that may have arrived is sent once more.
ONCE_MORE_AFTER_S = 60.0
# The error of an order whose lease ran out before its worker stored a result: it may have been carried out.
WORKER_DIED = "a worker died"


class RetryPolicy(Enum):
    """Which errors an order is retried after, and until when.

    There are three kinds of error. A transient one passes by itself (429, 5xx, no connection, no answer). A refusal of
    our credentials (401, 403) passes when the token is replaced or the account is active again. Any other error says
    that the request itself is wrong, for example a number that does not exist.
    """

    BRIEF = "transient errors, once for each pause: the order is worthless in seconds, or will be ordered again"
    UNTIL_EXPIRY = "transient errors and refused credentials, until the order expires; the last pause repeats"
    MESSAGE = "as UNTIL_EXPIRY, and once more at most when it may have arrived (next_message_at)"
    ANY_ERROR_UNTIL_EXPIRY = "every error, until the order expires, and at least once for each pause"


class Taken(Enum):
    """Whether the other side took a message whose sending failed. Only a message that may be taken can come twice."""

    NO = "certainly not, for now: sent again until it expires"
    REFUSED = "certainly not, for good: not sent again"
    PERHAPS_ANSWERED = "perhaps: an error was answered, which says nothing about the message"
    PERHAPS_SILENT = "perhaps: no answer came"

    @property
    def perhaps(self) -> bool:
        """Whether it may have arrived, so that sending it again may double it."""
        return self in (Taken.PERHAPS_ANSWERED, Taken.PERHAPS_SILENT)

    @property
    def in_words(self) -> str:
        """For the administrator: `not taken`, `refused` or `perhaps taken`."""
        if self.perhaps:
            return "perhaps taken"
        return "refused" if self is Taken.REFUSED else "not taken"


def taken_by_twilio(error: RestError) -> Taken:
    """Whether Twilio took a text message whose request failed with this error.

    | error                                             | Twilio took it   |
    |---------------------------------------------------|------------------|
    | no connection (`connect`), 429 (20429)            | NO               |
    | our credentials or account refused (401, 20003 …) | NO               |
    | no answer (`timeout`), WORKER_DIED                | PERHAPS_SILENT   |
    | HTTP 5xx, codes 205xx                             | PERHAPS_ANSWERED |
    | any other code: 21211 no such number, 21610 STOP  | REFUSED          |
    """
    if error.retry_safe or error.credentials_refused:
        return Taken.NO
    if error.code in ("timeout", WORKER_DIED):
        return Taken.PERHAPS_SILENT
    return Taken.PERHAPS_ANSWERED if may_have_taken_effect(error.code) else Taken.REFUSED


# The policy of each kind of order, and what follows when it has failed for good:
#
# | kind             | policy                 | expires | when it failed                                             |
# |------------------|------------------------|---------|------------------------------------------------------------|
# | place_leg        | BRIEF                  | ring    | ring by <Dial>; when expired: the next consultant is rung  |
# | callback_leg     | BRIEF                  | 10 s    | the consultant sees it, and presses the button again       |
# | disbelieve_leg   | BRIEF                  | 60 s    | the leg is marked doubted; others are rung, by <Dial>      |
# | redirect_caller  | BRIEF                  | 15 s    | the caller's next hold turn does the same                  |
# | check_call, _leg | BRIEF                  | 60 s    | the sweep orders another check every half minute           |
# | check_attempt    | BRIEF                  | 60 s    | the job of callbacks orders another one after two minutes  |
# | cancel_leg       | UNTIL_EXPIRY           | 30-60 s | the leg's ring timeout ends it                             |
# | callback_stop    | UNTIL_EXPIRY           | 60 s    | likewise                                                   |
# | notify_sms       | MESSAGE                | 4 h     | the team lead is told; the callback is marked as untold    |
# | notify_mail      | MESSAGE                | 4 h     | a text takes over when no other way of it arrives          |
# | notify_push      | MESSAGE                | 4 h     | likewise                                                   |
# | survey_text      | MESSAGE                | 2 h     | the caller is not asked                                    |
# | notify_lead      | MESSAGE                | 4 h     | once expired, callbacks are reported again; counted        |
# | report_mail      | MESSAGE                | 3 days  | the page of the reports says so                            |
# | lead_again       | ANY_ERROR_UNTIL_EXPIRY | 4 h     | it sends nothing: it waits until a lead's message expires  |
# | list_recordings  | ANY_ERROR_UNTIL_EXPIRY | 3 days  | the call has its callback, without the message             |
# | fetch_recording  | ANY_ERROR_UNTIL_EXPIRY | 3 days  | the message is lost: counted, and reported to the lead     |
# | delete_recording | ANY_ERROR_UNTIL_EXPIRY | 30 days | ordered again every day until Twilio confirms it           |
#
# A process that starts with other credentials retries all orders but the BRIEF ones at once (credentials.py).


def next_attempt_at(
    policy: RetryPolicy,
    pauses_s: tuple[float, ...],
    error: RestError,
    attempts: int,
    expires_at: datetime,
    now: datetime,
) -> datetime | None:
    """When to retry an order that has failed; None when it has failed for good.

    pauses_s: seconds to wait after the first failure, the second, and so on; attempts: how often it was tried.
    """
    if policy is RetryPolicy.ANY_ERROR_UNTIL_EXPIRY:
        pause = timedelta(seconds=pauses_s[min(attempts, len(pauses_s)) - 1])
        if now < expires_at:
            return min(now + pause, expires_at)
        # Expired with attempts left, because no process ran: make the remaining attempts now.
        return now + pause if attempts <= len(pauses_s) else None
    if not (error.retry_safe or (error.credentials_refused and policy is RetryPolicy.UNTIL_EXPIRY)):
        return None
    if policy is RetryPolicy.BRIEF and attempts > len(pauses_s):
        return None
    return min(now + timedelta(seconds=pauses_s[min(attempts, len(pauses_s)) - 1]), expires_at)


def next_message_at(
    taken: Taken,
    pauses_s: tuple[float, ...],
    attempts: int,
    expires_at: datetime,
    now: datetime,
    *,
    once_more: bool,
) -> datetime | None:
    """When to send a message again whose sending failed; None when it has failed for good.

    once_more: whether one that may have arrived may be sent again. pauses_s and attempts as in `next_attempt_at`.
    """
    if taken is Taken.NO:
        return min(now + timedelta(seconds=pauses_s[min(attempts, len(pauses_s)) - 1]), expires_at)
    at = now + timedelta(seconds=ONCE_MORE_AFTER_S)
    return at if taken.perhaps and once_more and at < expires_at else None
