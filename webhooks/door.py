"""The path of a webhook: verify the signature, call the handler, store the receipt, commit, answer."""

import functools
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import flask
from flask import Blueprint, Response, current_app
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequestKeyError, HTTPException

from callcenter.clock import stopwatch
from callcenter.errors import NotFound
from callcenter.office import Office
from callcenter.plaintext import NOT_XML, ODD, cleaned
from callcenter.storage.engine import LOCK_WAIT_MS, reading
from callcenter.storage.patience import ANSWER_BY
from callcenter.storage.rows import write_changes
from callcenter.storage.statements import Batch
from callcenter.storage.totals import count, observe, write_counted
from webhooks.receipts import receipt_key, store_answer, stored_answer
from webhooks.signature import SIGNATURE_HEADER, SignatureCheck

log = logging.getLogger(__name__)
blueprint = Blueprint("webhooks", __name__)

_FORM = "application/x-www-form-urlencoded"
_LONGEST_SID, _LONGEST_URL = 64, 500
_HANG_UP = '<?xml version="1.0" encoding="UTF-8"?><Response><Hangup/></Response>'
# A TwiML document (or its text) for 200, None for 204.
Answer: TypeAlias = object


@dataclass
class TwilioRequest:
    """One verified request with its open transaction.

    params: the form parameters sent by Twilio; query: the query of the address, which our own documents set.
    """

    session: Session
    batch: Batch
    now: datetime
    params: Mapping[str, str]
    query: Mapping[str, str]
    office: Office

    def url(self, path: str) -> str:
        """The absolute public address of a path."""
        return f"{self.office.settings.public_url}{path}"


Handler = Callable[..., Answer]


def verified(name: str, answer: Callable[..., Response]) -> Callable[..., Response]:
    """A Flask view that checks the signature, calls `answer` and measures the time.

    A request without a valid signature gets 403; it is counted and writes nothing else. answer: takes the office and
    the values of the path.
    """

    @functools.wraps(answer)
    def view(**values: Any) -> Response:
        started = stopwatch()
        office: Office = current_app.extensions["callcenter"]
        refused = _refused(office)
        if refused:
            office.totals.add(count("callcenter_webhooks_rejected_total", reason=refused))
            return Response("forbidden\n", 403, content_type="text/plain")
        # As `answers_within` does, without another call on the path of every webhook.
        limit = ANSWER_BY.set(started + LOCK_WAIT_MS / 1000)
        status = 500  # of an error that nobody caught, such as a database that goes away once more
        try:
            response = answer(office, **values)
            status = response.status_code
        except HTTPException as error:
            status = error.code or status
            raise
        finally:
            ANSWER_BY.reset(limit)
            seconds = stopwatch() - started
            office.totals.add(observe("callcenter_webhook_seconds", seconds, route=name, status=str(status)))
        return response

    return view


def webhook(path: str, name: str) -> Callable[[Handler], Handler]:
    """Register a handler for one address. It gets a TwilioRequest and the path's values, and returns TwiML or None
    (204)."""

    def register(handler: Handler) -> Handler:
        view = verified(name, functools.partial(_in_one_transaction, name, handler))
        blueprint.add_url_rule(path, endpoint=name, view_func=view, methods=["POST"])
        return handler

    return register


def _refused(office: Office) -> str | None:
    if _holds_no_form() or _is_too_long():
        return "body"
    check: SignatureCheck = current_app.extensions["callcenter_signature"]
    signature = flask.request.headers.get(SIGNATURE_HEADER)
    if not signature:
        return "unsigned"
    query = flask.request.query_string.decode("latin-1")
    if not query.isascii():  # our documents hold no such address, and Flask could not read it
        return "signature"
    if not check.valid(flask.request.path, query, flask.request.form, signature):
        return "signature"
    # Twilio sends the account with every webhook.
    ours = flask.request.form.get("AccountSid") == office.settings.twilio_account_sid
    return None if ours else "account"


def _holds_no_form() -> bool:
    """Whether the request has a body that is no form. The signature would cover the address alone, and not the body."""
    request = flask.request
    return request.mimetype != _FORM and (request.mimetype != "" or bool(request.content_length))


def _is_too_long() -> bool:
    """Whether a sid or an address is longer than Twilio's are, and than the columns that hold them."""
    return any(
        len(value) > _LONGEST_SID and (name.endswith("Sid") or len(value) > _LONGEST_URL or _ends_long(name, value))
        for name, value in flask.request.form.items(multi=True)
        if name.endswith(("Sid", "Url"))
    )


def _ends_long(name: str, value: str) -> bool:
    return name == "RecordingUrl" and len(value.rpartition("/")[2]) > _LONGEST_SID


def parameters() -> MultiDict[str, str]:
    """The form of this request. Twilio cannot be asked to send it again, so odd characters are left out."""
    form = flask.request.form
    if not any(map(ODD.search, form.values())):
        return form
    return MultiDict((name, cleaned(value)) for name, value in form.items(multi=True))


def _in_one_transaction(name: str, handler: Handler, office: Office, **values: Any) -> Response:
    key = receipt_key(flask.request.path, flask.request.query_string.decode("latin-1"), flask.request.form.lists())
    try:
        try:
            return _carried_out(handler, office, key, values)
        except IntegrityError:
            # The same request came twice at once; or another one stored the same call at this moment, which is found
            # at the second try.
            return _answered_before(office, key) or _carried_out(handler, office, key, values)
    except Exception as error:
        # A repeated request may fail because of what the first one changed: then the stored answer is sent. If the
        # database is unreachable, it is not queried again, because the caller waits.
        repeated = None if isinstance(error, OperationalError) else _answered_before(office, key)
        if repeated is not None:
            return repeated
        if isinstance(error, BadRequestKeyError):
            log.warning("webhook %s lacks a parameter", name)
            return Response("", 400, content_type="text/plain")
        if isinstance(error, NotFound):
            # Signed, but the row does not exist: the database is an older copy, or another installation's.
            log.warning("webhook %s is about nothing we know: %s", name, error)
            return _about_nothing(name)
        log.exception("webhook %s failed", name)
        return _failed()


def _carried_out(handler: Handler, office: Office, key: str, values: Mapping[str, Any]) -> Response:
    """The answer of a handler, whose changes are committed with it."""
    with office.sessions() as session:
        request = TwilioRequest(session, Batch(session), office.clock.now(), parameters(), flask.request.args, office)
        status, body = _rendered(handler(request, **values))
        write_changes(session, request.batch)
        write_counted(session, request.batch)
        if not store_answer(request.batch, key, request.now, status, body):
            session.rollback()
            return _answered_before(office, key) or _failed()
        session.commit()
    office.wake()
    return _answered(status, body)


def _answered_before(office: Office, key: str) -> Response | None:
    """The stored answer to a repeated request, None when there is none."""
    with reading(office.sessions) as session:
        stored = stored_answer(session, key)
    if stored is None:
        return None
    office.totals.add(count("callcenter_webhook_replays_total"))
    return _answered(*stored)


def _answered(status: int, body: str) -> Response:
    return Response(body, status, content_type="text/xml; charset=utf-8" if status == 200 else "text/plain")


def _failed() -> Response:
    """A 500: Twilio then requests the fallback address, so the caller still gets a document."""
    return Response("", 500, content_type="text/plain")


def _about_nothing(name: str) -> Response:
    """The answer when the row does not exist: hang up a consultant's leg; 404 for a caller, so that Twilio uses the
    fallback."""
    if name.startswith(("leg", "callback")):
        return Response(_HANG_UP, 200, content_type="text/xml; charset=utf-8")
    return Response("", 404, content_type="text/plain")


def _rendered(answer: Answer) -> tuple[int, str]:
    return (204, "") if answer is None else (200, NOT_XML.sub("", str(answer)))
