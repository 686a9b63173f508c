"""What each column with text, JSON or bytes may hold about a person, and what ends it.

A new column needs its line here: tests/stored/test_privacy_inventory.py compares the list with the tables. A forgotten
number is searched for in every column but those of `UNSEARCHED`, so a wrong line there is a hole.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class Holds(StrEnum):
    """What a column may hold."""

    NUMBER = "a telephone number of a caller, in E.164"
    NAME = "the name or place of a caller or contact"
    TEXT = "what somebody typed, about anybody"
    COMPOSED = "what the product composes from other data: a document, an order, a reason, a fact"
    SIGNED = "who of the office did it: a login, a token's name, or a name typed on the command line"
    STAFF = "who of the office is meant: a login, a consultant's code, a mobile"
    FILES = "the files of a rota, about consultants"
    SOUND = "the voice of a caller"
    WORD = "one of a fixed list of words, or public data about schools and regions"
    KEY = "an identifier or a hash that the product, Twilio or DUO made"


# Columns in which nobody can write a number: they are not searched when one is forgotten.
UNSEARCHED = frozenset({Holds.WORD, Holds.KEY, Holds.SOUND, Holds.FILES})
# Columns whose text is needed as it is: a number in them is not redacted, but `forget` says that it is there.
REPORTED = frozenset({Holds.STAFF})


class Held(NamedTuple):
    """What a column holds, and what ends it: the names of kinds of retention.KINDS, or why it has no period."""

    holds: Holds
    ends: tuple[str, ...] = ()
    why_kept: str = ""


NOT_PERSONAL = "it says nothing about a person"
STAFF_NOW = "the office's present staff and settings; an administrator removes it"

_CALLERS = ("callers' numbers and names", "calls without their caller")
_CALLBACKS = ("callbacks' numbers, names and notes", "callbacks without their caller")
_DIRECTORY = ("contacts who left the list",)
_CALL = ("calls without their caller",)
_CALLBACK = ("callbacks without their caller",)
_LEGS = ("legs",)
_MESSAGES = ("traces of erased messages",)
_ROTA = ("replaced rota versions",)
_AUDIT = ("audit log",)
_BLOCKS = ("ended blocks",)
_ORDERS = ("sent orders",)
_RECEIPTS = ("receipts",)
_SURVEY = ("whom the survey was asked",)
_UNDO = ("undone deeds",)
_LOG_INS = ("counts of log-ins",)


def _word(*ends: str) -> Held:
    return Held(Holds.WORD, ends, "" if ends else NOT_PERSONAL)


def _key(*ends: str) -> Held:
    return Held(Holds.KEY, ends, "" if ends else NOT_PERSONAL)


def _signed(*ends: str) -> Held:
    return Held(Holds.SIGNED, ends, "" if ends else STAFF_NOW)


def _staff(*ends: str) -> Held:
    return Held(Holds.STAFF, ends, "" if ends else STAFF_NOW)


COLUMNS: Mapping[str, Held] = {
    "api_token.name": Held(Holds.TEXT, why_kept=STAFF_NOW),
    "api_token.role": _word(),
    "api_token.consultant": _staff(),
    "api_token.token_hash": _key(),
    "audit_event.actor": _signed(*_AUDIT),
    "audit_event.action": _word(*_AUDIT),
    "audit_event.subject": Held(Holds.COMPOSED, _AUDIT),
    "audit_event.detail": Held(Holds.COMPOSED, _AUDIT),
    "audit_tally.key": _key(*_LOG_INS),
    "audit_tally.counts": Held(Holds.COMPOSED, _LOG_INS),
    "blocked_number.number": Held(Holds.NUMBER, _BLOCKS),
    "blocked_number.reason": Held(Holds.TEXT, _BLOCKS),
    "blocked_number.created_by": _signed(*_BLOCKS),
    "calendar_address.consultant": _staff(),
    "calendar_address.token_hash": _key(),
    "call.call_sid": _key(*_CALL),
    "call.from_number": Held(Holds.NUMBER, _CALLERS),
    "call.keyed_number": Held(Holds.NUMBER, _CALLERS),
    "call.group": _word(*_CALL),
    "call.caller_name": Held(Holds.NAME, _CALLERS),
    "call.caller_place": Held(Holds.NAME, _CALLERS),
    "call.forwarded_from": Held(Holds.NUMBER, _CALLERS),
    "call.rescued_for": _staff(*_CALL),
    "call.staff": _staff(*_CALL),
    "call.language": _word(*_CALL),
    "call.state": _word(*_CALL),
    "call.step": _word(*_CALL),
    "call.preferred": _staff(*_CALL),
    "call.areas": _word(*_CALL),
    "call.tier_list": Held(Holds.COMPOSED, _CALL),
    "call.offered_to": Held(Holds.COMPOSED, _CALL),
    "call.engaged": Held(Holds.COMPOSED, _CALL),
    "call.answered_by": _staff(*_CALL),
    "call.outcome": _word(*_CALL),
    "call_decision.step": _word("reasons of decisions"),
    "call_decision.reasons": Held(Holds.COMPOSED, ("reasons of decisions",)),
    "callback.number": Held(Holds.NUMBER, _CALLBACKS),
    "callback.group": _word(*_CALLBACK),
    "callback.caller_name": Held(Holds.NAME, _CALLBACKS),
    "callback.caller_place": Held(Holds.NAME, _CALLBACKS),
    "callback.preferred": _staff(*_CALLBACK),
    "callback.reason": _word(*_CALLBACK),
    "callback.created_by": _signed(*_CALLBACK),
    "callback.owner": _staff(*_CALLBACK),
    "callback.state": _word(*_CALLBACK),
    "callback.cancel_reason": Held(Holds.TEXT, _CALLBACKS),
    "callback.closes_as": _word(*_CALLBACK),
    "callback.question_to": _staff(*_CALLBACK),
    "callback.note": Held(Holds.TEXT, _CALLBACKS),
    "callback_attempt.consultant": _staff(*_CALLBACK),
    "callback_attempt.state": _word(*_CALLBACK),
    "callback_attempt.leg_sid": _key(*_CALLBACK),
    "callback_attempt.callee_sid": _key(*_CALLBACK),
    "callback_attempt.suggested": _word(*_CALLBACK),
    "callback_attempt.result": _word(*_CALLBACK),
    "callback_attempt.by": _signed(*_CALLBACK),
    "consultant_state.code": _staff(),
    "consultant_state.presence": _word(),
    "consultant_state.presence_by": _signed(),
    "consultant_state.reserved_for": _key(),
    "contact.kind": _word(*_DIRECTORY),
    "contact.source": _word(*_DIRECTORY),
    "contact.duo_code": _key(),
    "contact.brin": _key(),
    "contact.name": Held(Holds.NAME, _DIRECTORY),
    "contact.place": Held(Holds.NAME, _DIRECTORY),
    "contact.municipality_code": _key(),
    "contact.municipality": _word(),
    "contact.rmc_region_code": _key(),
    "contact.rmc_region": _word(),
    "contact.vacation_region": _word(),
    "contact.board": _key(),
    "contact.preferred": _staff(*_DIRECTORY),
    "contact.digest": _key(*_DIRECTORY),
    "contact_number.number": Held(Holds.NUMBER, _DIRECTORY),
    "contact_number.source": _word(*_DIRECTORY),
    "emergency_code.code_hash": Held(Holds.KEY, why_kept=STAFF_NOW),
    "figure_day.group": _word(),
    "figure_day.figures": _word(),
    "job_run.name": _word(),
    "job_run.last_error": Held(Holds.COMPOSED, why_kept="the class of the last error only"),
    "known_browser.token_hash": _key("known browsers"),
    "leg.consultant": _staff(*_LEGS),
    "leg.tier": _word(*_LEGS),
    "leg.kind": _word(*_LEGS),
    "leg.leg_sid": _key(*_LEGS),
    "leg.state": _word(*_LEGS),
    "leg.result": _word(*_LEGS),
    "line.number": Held(Holds.STAFF, why_kept="a public number of the office"),
    "line.name": Held(Holds.TEXT, why_kept="the name of a public number"),
    "login_allowance.key": _key(*_LOG_INS),
    "login_session.how": _word("sessions"),
    "login_session.token_hash": _key("sessions"),
    "metric_total.name": _word(),
    "metric_total.labels": _word(),
    "notify_setting.consultant": _staff(),
    "notify_setting.kind": _word(),
    "notify_way.consultant": _staff(),
    "notify_way.way": _word(),
    "office_account.issuer": _word(),
    "office_account.subject": Held(Holds.KEY, why_kept=STAFF_NOW),
    "outbox.kind": _word(*_ORDERS),
    "outbox.dedupe_key": _key(*_ORDERS),
    "outbox.payload": Held(Holds.COMPOSED, _ORDERS),
    "outbox.state": _word(*_ORDERS),
    "outbox.error": Held(Holds.COMPOSED, _ORDERS),
    "passkey.credential_hash": Held(Holds.KEY, why_kept=STAFF_NOW),
    "passkey.credential_id": Held(Holds.KEY, why_kept=STAFF_NOW),
    "passkey.public_key": Held(Holds.KEY, why_kept=STAFF_NOW),
    "passkey.last_challenge": Held(Holds.KEY, why_kept=STAFF_NOW),
    "passkey.name": _staff(),
    "prompt_audio.key": _word(),
    "prompt_audio.language": _word(),
    "prompt_audio.content_type": _word(),
    "prompt_audio.etag": _key(),
    "prompt_audio.audio": Held(Holds.SOUND, why_kept="a prompt that a colleague spoke; an administrator removes it"),
    "prompt_audio.words": Held(Holds.COMPOSED, why_kept="the fixed words of a prompt"),
    "prompt_audio.uploaded_by": _signed(),
    "push_device.name": _staff(),
    "push_device.endpoint": Held(Holds.KEY, why_kept=STAFF_NOW),
    "push_device.endpoint_hash": Held(Holds.KEY, why_kept=STAFF_NOW),
    "push_device.p256dh": Held(Holds.KEY, why_kept=STAFF_NOW),
    "push_device.auth": Held(Holds.KEY, why_kept=STAFF_NOW),
    "receipt.key": _key(*_RECEIPTS),
    "receipt.body": Held(Holds.COMPOSED, _RECEIPTS),
    "recovery_code.code_hash": Held(Holds.KEY, why_kept=STAFF_NOW),
    "report_recipient.address": _staff(),
    "report_recipient.created_by": _signed(),
    "rota_version.author": _signed(*_ROTA),
    "rota_version.note": Held(Holds.TEXT, ("remarks on rota versions", *_ROTA)),
    "rota_version.sha256": _key(*_ROTA),
    "rota_version.files": Held(Holds.FILES, ("illness and remarks in rota versions", *_ROTA)),
    "second_factor.secret": Held(Holds.KEY, why_kept=STAFF_NOW),
    "survey_answer.group": _word(),
    "survey_answer.answer": _word(),
    "survey_answer.way": _word(),
    "survey_question.number": Held(Holds.NUMBER, _SURVEY),
    "survey_question.group": _word(*_SURVEY),
    "survey_question.way": _word(*_SURVEY),
    "survey_question.token_hash": _key(*_SURVEY),
    "system_fact.key": _word(),
    "system_fact.value": Held(Holds.COMPOSED, why_kept="how far jobs have come; the next run replaces it"),
    "text_stop.consultant": _staff(),
    "text_stop.mobile": _staff(),
    "text_stop.line_number": _staff(),
    "undo_offer.token_hash": _key(*_UNDO),
    "undo_offer.kind": _word(*_UNDO),
    "undo_offer.parts": Held(Holds.TEXT, _UNDO),
    "user.email": _staff(),
    "user.password_hash": _key(),
    "user.role": _word(),
    "user.consultant": _staff(),
    "user.locale": _word(),
    "voicemail.recording_sid": _key(*_MESSAGES),
    "voicemail.recording_url": _key("messages", *_MESSAGES),
    "voicemail.state": _word(*_MESSAGES),
    "voicemail.heard_by": _signed(*_MESSAGES),
    "voicemail_audio.content_type": _word("messages"),
    "voicemail_audio.audio": Held(Holds.SOUND, ("messages", "sound of withdrawn messages")),
    "wall_link.name": Held(Holds.TEXT, why_kept=STAFF_NOW),
    "wall_link.token_hash": _key(),
    "wall_link.created_by": _signed(),
}


def held(table: str, column: str) -> Held:
    """What a column holds. One that is not listed counts as typed text, so that a number in it is found."""
    return COLUMNS.get(f"{table}.{column}", Held(Holds.TEXT))
