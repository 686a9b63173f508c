"""Which failed orders are asked again, and when? One table of what each kind is worth while Twilio refuses us."""

from datetime import datetime, timedelta
from enum import Enum

from callcenter.telephony.twilio_api import RestError


class Again(Enum):
    """How stubborn an order is.

    A request is refused for itself (a number that does not exist), for our credentials (401, 403: a token is being
    rotated, the account is suspended), or for the moment (429, 5xx, no connection, no answer).
    """

    BRIEFLY = "only what is refused for the moment, once for each pause: it is worthless in seconds, or asked anew"
    WHEN_ADMITTED = "also what is refused for our credentials: until its time is over, the last pause repeating"
    ALWAYS = "whatever the answer: until its time is over, and at least once for each pause"


# What to do with an order that failed, by kind:
#
# | kind              | asked again   | worth      | why, and what follows when it is given up                         |
# |-------------------|---------------|------------|-------------------------------------------------------------------|
# | place_leg         | BRIEFLY       | ring time  | a ring comes in time or not: the next consultant is rung          |
# | callback_leg      | BRIEFLY       | 10 s       | who pressed the button sees that it failed, and presses again     |
# | disbelieve_leg    | BRIEFLY       | 60 s       | nobody can say whether the mobile rings: others are rung first    |
# | redirect_caller   | BRIEFLY       | 15 s       | the next hold turn does the same                                  |
# | check_call, _leg  | BRIEFLY       | 60 s       | the sweep orders another look every half minute                   |
# | cancel_leg        | WHEN_ADMITTED | 30-60 s    | a mobile rings for nobody: its own ring time ends it              |
# | callback_stop     | WHEN_ADMITTED | 60 s       | likewise                                                          |
# | notify_sms        | WHEN_ADMITTED | 4 h        | overtaken by the day; what stays overdue is told to the team lead |
# | notify_lead       | WHEN_ADMITTED | 4 h        | likewise; the pages show it                                       |
# | list_recordings   | ALWAYS        | 3 days     | the call has its callback, without the message                    |
# | fetch_recording   | ALWAYS        | 3 days     | the message is lost: counted, told to the team lead, then deleted |
# | delete_recording  | ALWAYS        | 30 days    | ordered anew every day for as long as it is not confirmed         |
#
# Whatever waits (the last two ways) is also asked at once by a process that starts with other credentials.


def next_try(
    again: Again, pauses_s: tuple[float, ...], error: RestError, attempts: int, expires_at: datetime, now: datetime
) -> datetime | None:
    """When an order that failed so often is tried next; None when it is given up."""
    if again is Again.ALWAYS:
        pause = timedelta(seconds=pauses_s[min(attempts, len(pauses_s)) - 1])
        if now < expires_at:
            return min(now + pause, expires_at)
        # Nobody was there to ask in its time, so it has the pauses now.
        return now + pause if attempts <= len(pauses_s) else None
    if not (error.retry_safe or (error.our_credentials and again is Again.WHEN_ADMITTED)):
        return None
    if again is Again.BRIEFLY and attempts > len(pauses_s):
        return None
    return min(now + timedelta(seconds=pauses_s[min(attempts, len(pauses_s)) - 1]), expires_at)
