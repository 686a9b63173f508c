"""Every error of the API as a problem document: RFC 9457, application/problem+json."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, json, request
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from callcenter.callbacks.changes import ChangedMeanwhile
from callcenter.callbacks.one_press import DiallingRefused
from callcenter.callbacks.outstanding import MessageUnheard
from callcenter.errors import CallcenterError, InvalidInput, NotFound
from callcenter.logs import database_away

log = logging.getLogger(__name__)
_PREFIX = "/api/"
# When a client may try again after the database did not answer: it restarts within seconds.
RETRY_AFTER_S = 5


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None, **members: Any) -> Response:
    """A problem document. detail: one sentence for the client; members: more members, such as `field` and `errors`."""
    title = HTTPStatus(status).phrase
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **members}
    response = Response(json.dumps(body), status, content_type="application/problem+json")
    response.headers["Cache-Control"] = "no-store"
    response.headers.update(headers or {})
    return response


def invalid(errors: Sequence[tuple[str, str]]) -> Response:
    """422 for refused input. errors: (field, message) of each fault; `field` names the first one."""
    field, message = errors[0]
    listed = [{"field": name, "message": text} for name, text in errors]
    return problem(422, f"{field}: {message}", field=field, errors=listed)


def _of_validation(error: ValidationError) -> Response:
    found = []
    for fault in error.errors(include_url=False, include_input=False, include_context=False):
        field = ".".join(str(part) for part in fault["loc"]) or "body"
        message = "is not known here" if fault["type"] == "extra_forbidden" else fault["msg"]
        found.append((field, message.removeprefix("Value error, ")))
    return invalid(found)


def _of_refusal(error: CallcenterError) -> Response:
    if isinstance(error, InvalidInput):
        return invalid([(error.field, str(error))])
    if isinstance(error, NotFound):
        return problem(404, str(error))
    if isinstance(error, DiallingRefused):
        return problem(409, str(error), reason=error.reason)
    if isinstance(error, ChangedMeanwhile):
        return problem(412, str(error))
    if isinstance(error, MessageUnheard):
        return problem(409, str(error), reason="unheard", voicemail_ids=[one.voicemail_id for one in error.messages])
    return problem(409, str(error))


def _of_http(error: HTTPException) -> Response:
    headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    return problem(error.code or 500, error.description or "", headers)


def _of_fault(error: Exception) -> Response:
    log.exception("%s %s failed", request.method, request.endpoint)
    if database_away(error):
        return problem(503, "the database does not answer for now", {"Retry-After": str(RETRY_AFTER_S)})
    return problem(500, "something went wrong on our side; it was logged")


def unknown_address(error: HTTPException) -> Response | None:
    """A problem for 404 and 405 below /api, else None. They arise before a view is chosen, so no blueprint handles
    them."""
    return _of_http(error) if request.path.startswith(_PREFIX) else None


def handle_errors(blueprint: Blueprint) -> None:
    """Answer every error in the blueprint's views with a problem document."""
    blueprint.register_error_handler(ValidationError, _of_validation)
    blueprint.register_error_handler(CallcenterError, _of_refusal)
    blueprint.register_error_handler(HTTPException, _of_http)
    blueprint.register_error_handler(Exception, _of_fault)
