"""What does every resource of the API have in common? Who asks, what was sent, one transaction, one form of answer."""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from flask import Blueprint, Response, request
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.exceptions import UnsupportedMediaType

from callcenter.access.tokens import Identity, authenticate
from callcenter.api.problems import handle_errors, invalid, problem
from callcenter.api.shapes import Asked
from callcenter.office import Office, current_office
from callcenter.storage.engine import reading

PREFIX = "/api/v1"
blueprint = Blueprint("api", __name__, url_prefix=PREFIX)
handle_errors(blueprint)

# A rota's files are the largest thing that is ever sent here.
_MOST_BYTES = 4 * 1024 * 1024

Query = TypeVar("Query")
Body = TypeVar("Body")
Handler = TypeVar("Handler", bound=Callable[..., BaseModel | Response])


@dataclass(frozen=True, slots=True)
class Ask(Generic[Query, Body]):
    """One authenticated request with its open transaction; `now` is UTC."""

    session: Session
    identity: Identity
    now: datetime
    office: Office
    query: Query
    body: Body

    @property
    def own_code(self) -> str | None:
        """The consultant whose own things alone may be seen, None for who sees all."""
        return self.identity.consultant if self.identity.role == "consultant" else None


class NoParameters(Asked):
    """An address that takes no query parameters."""


@dataclass(frozen=True, slots=True)
class Operation:
    """What one method of one address takes and gives; the OpenAPI document is made of these."""

    method: str
    path: str
    summary: str
    answer: type[BaseModel]
    query: type[Asked] = NoParameters
    body: type[BaseModel] | None = None
    status: int = 200
    consultants: bool = False  # consultants may use it, for what is their own
    raw_body: str | None = None  # a media type that is taken as it is, beside JSON
    raw_answer: str | None = None  # the media type of an answer that is no JSON; `answer` then describes what it is of


# By the handler's name, in the order of the resources' modules.
OPERATIONS: dict[str, Operation] = {}


def operation(stated: Operation) -> Callable[[Handler], Handler]:
    """Register a handler. It gets an Ask and the path's values and returns the answer's model."""

    def register(handler: Handler) -> Handler:
        OPERATIONS[handler.__name__] = stated
        blueprint.add_url_rule(
            stated.path,
            endpoint=handler.__name__,
            view_func=functools.partial(_answer, stated, handler),
            methods=[stated.method],
        )
        return handler

    return register


def _answer(stated: Operation, handler: Callable[..., BaseModel | Response], **values: Any) -> Response:
    office = current_office()
    request.max_content_length = _MOST_BYTES
    with reading(office.sessions) as session:
        token = _bearer()
        identity = authenticate(session, token) if token else None
        refusal = _refusal(stated, identity, token is not None)
        if refusal is not None or identity is None:
            return refusal or _unauthenticated(False)
        if any("\0" in value for value in values.values() if isinstance(value, str)):
            return problem(404, "there is nothing here")
        repeated = sorted(name for name, given in request.args.lists() if len(given) > 1)
        if repeated:
            return invalid([(name, "was given more than once") for name in repeated])
        query = stated.query.model_validate_strings(request.args.to_dict())
        body = _body(stated)
        if stated.method == "GET":
            ask = Ask(session, identity, office.clock.now(), office, query, body)
            return _rendered(handler(ask, **values), stated.status)
    with office.sessions.begin() as session:
        ask = Ask(session, identity, office.clock.now(), office, query, body)
        answer = handler(ask, **values)
    office.wake()
    return _rendered(answer, stated.status)


def _bearer() -> str | None:
    match = re.fullmatch(r"[Bb]earer +([!-~]+) *", request.headers.get("Authorization", ""))
    return match[1] if match else None


def _refusal(stated: Operation, identity: Identity | None, token_given: bool) -> Response | None:
    if identity is None:
        return _unauthenticated(token_given)
    if identity.role in ("lead", "admin"):
        return None
    if stated.consultants and identity.role == "consultant" and identity.consultant:
        return None
    return problem(403, "this token's role may not do this")


def _unauthenticated(token_given: bool) -> Response:
    challenge = 'Bearer realm="callcenter"' + (', error="invalid_token"' if token_given else "")
    detail = "the token is not valid" if token_given else "a bearer token is needed"
    return problem(401, detail, {"WWW-Authenticate": challenge})


def _body(stated: Operation) -> Any:
    if stated.body is None:
        return None
    if stated.raw_body is not None and request.mimetype == stated.raw_body:
        return request.get_data()
    if request.mimetype not in ("application/json", "") and not request.mimetype.endswith("+json"):
        taken = "application/json" + (f" or {stated.raw_body}" if stated.raw_body else "")
        raise UnsupportedMediaType(f"the body must be {taken}")
    return stated.body.model_validate_json(request.get_data(), strict=True)


def _rendered(answer: BaseModel | Response, status: int) -> Response:
    if isinstance(answer, Response):
        return answer
    response = Response(answer.model_dump_json(by_alias=True), status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
