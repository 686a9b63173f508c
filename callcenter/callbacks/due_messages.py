"""Finds by one statement which messages about callbacks may have to be sent now."""

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, select

from callcenter.callbacks import lead_messages, reminders
from callcenter.callbacks.records import UNCLOSED
from callcenter.callbacks.reminders import Round, Send
from callcenter.storage.statements import Prepared

# The sends in their order, each with the condition under which it may have something to send.
_SENDS: Mapping[Send, ColumnElement[bool]] = {
    lead_messages.send_unowned: lead_messages.IS_UNOWNED,
    reminders.send_overdue: reminders.IS_OVERDUE,
    reminders.send_due_soon: reminders.IS_NEARLY_DUE,
    reminders.send_new: reminders.IS_NEW,
    lead_messages.send_before_closing: lead_messages.IS_DUE_BY_REOPENING,
    lead_messages.send_to_lead: lead_messages.IS_UNESCALATED,
}
# Built once: the clock runs it every few seconds.
_UNSENT = Prepared(select(*_SENDS.values()).where(UNCLOSED))


def due_sends(this: Round) -> tuple[bool, Sequence[Send]]:
    """Whether any callback is live, and which sends may have something to send, in their order.

    It only reads, so that it blocks no writer: mostly there is nothing to send.
    """
    live = _UNSENT(this.session.connection(), lead_messages.times(this))
    return bool(live), [send for n, send in enumerate(_SENDS) if any(one[n] for one in live)]
