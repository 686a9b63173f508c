"""The ways on which a message that failed for good goes instead, in their order.

A way is a function that takes such an order over, or says that it cannot. After a text message there is one: the team
lead. After a push message or a mail comes the text message (other_ways.py).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from callcenter.notify.channels import to_lead
from callcenter.notify.wording import text_untold
from callcenter.telephony.outbox import enqueue
from callcenter.telephony.records import OutboxMessage

# Takes over an order that failed for good. Returns False when this way leads nowhere.
Way = Callable[[Session, OutboxMessage, datetime], bool]


# The team lead hears at most once in this many seconds that texts fail.
ONE_MESSAGE_IN_S = 900


@dataclass(frozen=True, slots=True)
class Lead:
    """The settings of messages to the team lead. channels: how many addresses CALLCENTER_NOTIFY_URLS has."""

    locale: str
    public_url: str
    channels: int

    def take_over(self, session: Session, order: OutboxMessage, now: datetime) -> bool:
        """Tell the team lead that a text to a consultant did not arrive. False without channels.

        One message in a quarter of an hour: while texts fail, most of them do. The list shows all of them.
        """
        quarter = int(now.timestamp() // ONE_MESSAGE_IN_S)
        body = text_untold(self.locale, self.public_url, len(order.payload.get("callback_ids", [])))
        # Without the callbacks: should it fail too, what the lead was told about them before is not told again.
        orders = to_lead(body=body, channels=self.channels, dedupe_key=f"text_untold:{quarter}")
        enqueue(session, now, *orders)
        return bool(orders)


def ways_after_text(lead: Lead) -> Sequence[Way]:
    """Where a text message goes that failed for good."""
    return (lead.take_over,)


def take_another_way(ways: Sequence[Way], session: Session, order: OutboxMessage, now: datetime) -> bool:
    """Let the first way that can take the order over. False when none can."""
    return any(way(session, order, now) for way in ways)
