"""Erases everything about one number, from every table and in every spelling. Figures stay as they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from callcenter.access.audit import note as audit
from callcenter.callbacks.records import Callback, CallbackAttempt
from callcenter.callbacks.rules import LISTENED, LIVE, WRONG_NUMBER
from callcenter.callbacks.verbs import cancel
from callcenter.calls.call import Call
from callcenter.calls.records import Voicemail, VoicemailAudio
from callcenter.directory.records import Contact, ContactNumber
from callcenter.errors import InvalidInput
from callcenter.lines.records import BlockedNumber, Line
from callcenter.privacy.calls_of import belongs_to
from callcenter.privacy.files import order_cleaning
from callcenter.privacy.mentions import Found, redact_mentions, search
from callcenter.privacy.spelling import Spelling, spelling_of
from callcenter.privacy.twilio_documents import erase_documents
from callcenter.rota import versions
from callcenter.routing.records import SurveyQuestion
from callcenter.routing.voicemail import erase_sound
from callcenter.storage.engine import reading

# The reason with which `forget` cancels a callback.
NUMBER_ERASED = "number erased"
# A call under way may write the number again while it is erased.
_MOST_SEARCHES = 3


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The number of rows erased, by kind. other: rows elsewhere in which the number was redacted.

    left: the number of rows in which the number still is, by place; they are about the office's own people.
    """

    calls: int
    messages: int
    callbacks: int
    contacts: int
    other: int
    left: Mapping[str, int] = field(default_factory=dict)

    @property
    def anything(self) -> bool:
        """Whether something was erased."""
        return bool(self.calls or self.messages or self.callbacks or self.contacts or self.other)

    @property
    def nothing(self) -> bool:
        """Whether the number was stored nowhere."""
        return not self.anything and not self.left


def forget(sessions: sessionmaker[Session], number: str, now: datetime, by: str) -> Forgotten:
    """Erase everything stored about a number, and have the files cleaned of it. Counters and figures do not change.

    The database is searched before and after, in transactions that only read, so that no incoming call waits for it.
    Raises InvalidInput on `number` when it is not a number, a line's own, or a consultant's mobile in the active
    rota.
    """
    spelling = spelling_of(number)
    with reading(sessions) as session:
        found = search(session, spelling)
    with sessions.begin() as session:
        done = _erase(session, spelling, found, now, by)
    for _ in range(_MOST_SEARCHES):
        with reading(sessions) as session:
            found = search(session, spelling)
        if not found.erasable:
            break
        with sessions.begin() as session:
            done = replace(done, other=done.other + redact_mentions(session, spelling, found, now))
            order_cleaning(session, now, rewrite=True)
    return replace(done, left=found.places())


def _erase(session: Session, spelling: Spelling, found: Found, now: datetime, by: str) -> Forgotten:
    _not_our_own(session, spelling.e164)
    calls = _calls_of(session, spelling)
    messages = _erase_messages(session, calls, now)
    promises = list(session.scalars(select(Callback.id).where(Callback.number == spelling.e164)))
    erase_documents(session, calls, promises, now)
    callbacks = _erase_callbacks(session, promises, now, by)
    contacts = _erase_contacts(session, spelling.e164)
    _erase_callers(session, calls)
    session.flush()
    other = redact_mentions(session, spelling, found, now)
    done = Forgotten(len(calls), messages, callbacks, contacts, other)
    audit(
        session,
        now,
        by,
        "number_forgotten",
        "privacy:forget",
        calls=done.calls,
        messages=done.messages,
        callbacks=done.callbacks,
        contacts=done.contacts,
        other=done.other,
    )
    if done.anything:
        order_cleaning(session, now, rewrite=True)
    return done


def _not_our_own(session: Session, e164: str) -> None:
    if session.scalar(select(Line.id).where(Line.number == e164)) is not None:
        raise InvalidInput("number", "this is one of the lines' own numbers")
    rota = versions.active_rota(session)
    if rota is not None and any(person.mobile == e164 for person in rota.consultants.values()):
        raise InvalidInput("number", "this is a consultant's mobile: take it out of the rota's consultants file first")


def _calls_of(session: Session, spelling: Spelling) -> list[int]:
    return list(session.scalars(select(Call.id).where(belongs_to(spelling.e164))))


def _erase_messages(session: Session, calls: list[int], now: datetime) -> int:
    has_sound = select(VoicemailAudio.voicemail_id).where(VoicemailAudio.voicemail_id == Voicemail.id).exists()
    left = session.scalars(
        select(Voicemail).where(Voicemail.call_id.in_(calls), or_(Voicemail.state != "erased", has_sound))
    ).all()
    for voicemail in left:
        erase_sound(session, voicemail, now)
    return len(left)


def _erase_callers(session: Session, calls: list[int]) -> None:
    """Erase the numbers of these calls, and the names, except public ones of schools and partners."""
    session.execute(
        update(Call)
        .where(Call.id.in_(calls), Call.group.not_in(("school", "partner")))
        .values(caller_name=None, caller_place=None)
    )
    session.execute(
        update(Call).where(Call.id.in_(calls)).values(from_number=None, keyed_number=None, forwarded_from=None)
    )


def _erase_callbacks(session: Session, ids: list[int], now: datetime, by: str) -> int:
    mine = session.scalars(select(Callback).where(Callback.id.in_(ids))).all()
    for callback in mine:
        if callback.state in LIVE:
            cancel(session, callback.id, NUMBER_ERASED, by, now)
        callback.erase_caller(
            keep_name=callback.group in ("school", "partner"),
            keep_reason=callback.cancel_reason in (NUMBER_ERASED, WRONG_NUMBER, LISTENED),
        )
    session.flush()
    session.execute(update(CallbackAttempt).where(CallbackAttempt.callback_id.in_(ids)).values(callee_sid=None))
    return len(mine)


def _erase_contacts(session: Session, e164: str) -> int:
    """Erase the number from the directory, the block list and the survey's memory. A parent or youth without another
    number goes too."""
    owners = session.scalars(select(ContactNumber.contact_id).where(ContactNumber.number == e164)).all()
    session.execute(delete(ContactNumber).where(ContactNumber.number == e164))
    others = select(ContactNumber.id).where(ContactNumber.contact_id == Contact.id).exists()
    people = session.scalars(
        select(Contact.id).where(Contact.id.in_(owners), Contact.kind.in_(("parent", "youth")), ~others)
    ).all()
    session.execute(delete(Contact).where(Contact.id.in_(people)))
    session.execute(delete(BlockedNumber).where(BlockedNumber.number == e164))
    session.execute(delete(SurveyQuestion).where(SurveyQuestion.number == e164))
    return len(owners)
