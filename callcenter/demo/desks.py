"""Lets simulated consultants work through their callbacks as on the page: read the list, press "call", report."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.callbacks.hearing import listened
from callcenter.callbacks.listened import listened_and_done
from callcenter.callbacks.one_press import DiallingRefused, press
from callcenter.callbacks.outstanding import outstanding_of_each
from callcenter.callbacks.queries import to_try
from callcenter.callbacks.records import UNCLOSED, Callback
from callcenter.callbacks.rules import Outstanding
from callcenter.callbacks.verbs import record_attempt
from callcenter.clock import Clock
from callcenter.errors import CallcenterError
from callcenter.office import Office
from callcenter.rota.duty import present
from callcenter.rota.model import Rota
from callcenter.storage.engine import reading, reading_connection

_HEARD_BEFORE_DUE = timedelta(minutes=30)


class Desks:
    """The callback lists of all consultants, for the stand-in's callback workers."""

    def __init__(self, office: Office, rota: Rota) -> None:
        self._sessions: sessionmaker[Session] = office.sessions
        self._clock: Clock = office.clock
        self._office, self._rota = office, rota

    def open_callbacks(self, consultant: str) -> list[str]:
        """The consultant's own callbacks that may be tried now, most urgent first. Empty when off duty."""
        now = self._clock.now()
        if all(person.consultant != consultant for person in present(self._rota, now)):
            return []
        self._hear_out(consultant, now)
        with reading_connection(self._sessions) as connection:
            return [str(callback_id) for callback_id in to_try(connection, consultant, now)]

    def _hear_out(self, consultant: str, now: datetime) -> None:
        """Listen to the consultant's messages without a number that are due soon, and close them: nobody can ring."""
        due_soon = select(Callback.id).where(
            Callback.owner == consultant, UNCLOSED, Callback.number.is_(None), Callback.due_at < now + _HEARD_BEFORE_DUE
        )
        with reading(self._sessions) as session:
            found = session.scalars(due_soon).all()
        for callback_id in found:
            with self._sessions.begin() as session:
                listened_and_done(session, callback_id, consultant, consultant, now)

    def press_call(self, consultant: str, callback: str) -> bool:
        """Press "call". False when that is refused."""
        try:
            with self._sessions.begin() as session:
                self._listen(session, consultant, int(callback))
                press(session, self._rota, int(callback), consultant, self._clock.now(), consultant)
        except DiallingRefused:
            return False
        self._office.wake()
        return True

    def _listen(self, session: Session, consultant: str, callback_id: int) -> None:
        """Mark the callback's messages as heard, because a consultant plays them before calling back."""
        for voicemail_id in outstanding_of_each(session, [callback_id]).get(callback_id, Outstanding()).unheard:
            listened(session, voicemail_id, consultant, consultant, self._clock.now())

    def confirm(self, consultant: str, callback: str, spoke: bool) -> None:
        """Report whether the caller was reached. Does nothing when the call has already recorded it."""
        result = "reached" if spoke else "no_answer"
        try:
            with self._sessions.begin() as session:
                record_attempt(session, self._rota, int(callback), result, consultant, self._clock.now())
        except CallcenterError:
            return
