"""Which orders are retried while Twilio's REST API is down or refuses us, how often, and until when."""

from datetime import datetime, timedelta
from enum import Enum

from callcenter.telephony.twilio_api import RestError


class RetryPolicy(Enum):
    """Which errors an order is retried after, and until when.

    There are three kinds of error. A transient one passes by itself (429, 5xx, no connection, no answer). A refusal of
    our credentials (401, 403) passes when the token is replaced or the account is active again. Any other error says
    that the request itself is wrong, for example a number that does not exist.
    """

    BRIEF = "transient errors, once for each pause: the order is worthless in seconds, or will be ordered again"
    UNTIL_EXPIRY = "transient errors and refused credentials, until the order expires; the last pause repeats"
    ANY_ERROR_UNTIL_EXPIRY = "every error, until the order expires, and at least once for each pause"


# The policy of each kind of order, and what follows when it has failed for good:
#
# | kind             | policy                 | expires | when it failed                                             |
# |------------------|------------------------|---------|------------------------------------------------------------|
# | place_leg        | BRIEF                  | ring    | ring by <Dial>; when expired: the next consultant is rung  |
# | callback_leg     | BRIEF                  | 10 s    | the consultant sees it, and presses the button again       |
# | disbelieve_leg   | BRIEF                  | 60 s    | the leg is marked doubted; others are rung, by <Dial>      |
# | redirect_caller  | BRIEF                  | 15 s    | the caller's next hold turn does the same                  |
# | check_call, _leg | BRIEF                  | 60 s    | the sweep orders another check every half minute           |
# | cancel_leg       | UNTIL_EXPIRY           | 30-60 s | the leg's ring timeout ends it                             |
# | callback_stop    | UNTIL_EXPIRY           | 60 s    | likewise                                                   |
# | notify_sms       | UNTIL_EXPIRY           | 4 h     | too late to be news; overdue callbacks reach the team lead |
# | notify_lead      | UNTIL_EXPIRY           | 4 h     | likewise; the pages show it                                |
# | list_recordings  | ANY_ERROR_UNTIL_EXPIRY | 3 days  | the call has its callback, without the message             |
# | fetch_recording  | ANY_ERROR_UNTIL_EXPIRY | 3 days  | the message is lost: counted, and reported to the lead     |
# | delete_recording | ANY_ERROR_UNTIL_EXPIRY | 30 days | ordered again every day until Twilio confirms it           |
#
# A process that starts with other credentials retries all orders of the last two policies at once (credentials.py).


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
