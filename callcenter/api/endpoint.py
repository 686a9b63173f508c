"""The common path of all API operations: authentication, validation of the input, one transaction, and the response."""

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from flask import Blueprint, Response, request
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.exceptions import UnsupportedMediaType

from callcenter.access.tokens import Identity, authenticate
from callcenter.api.problems import handle_errors, invalid, problem
from callcenter.api.shapes import Input
from callcenter.api.usage import note_usage
from callcenter.front.limits import body_bound
from callcenter.office import Office, current_office
from callcenter.storage.engine import reading

PREFIX = "/api/v1"
blueprint = Blueprint("api", __name__, url_prefix=PREFIX)
handle_errors(blueprint)

Query = TypeVar("Query")
Body = TypeVar("Body")


@dataclass(frozen=True, slots=True)
class Answer:
    """A model to answer with, and headers beside it."""

    body: BaseModel
    headers: Mapping[str, str]


Handler = TypeVar("Handler", bound=Callable[..., BaseModel | Answer | Response])


@dataclass(frozen=True, slots=True)
class ApiRequest(Generic[Query, Body]):
    """One authenticated request with its open transaction. now: UTC.

    if_match: whether a state's tag satisfies the request's `If-Match`; None when the request has none.
    """

    session: Session
    identity: Identity
    now: datetime
    office: Office
    query: Query
    body: Body
    if_match: Callable[[str], bool] | None = None

    @property
    def own_code(self) -> str | None:
        """The consultant to whose data the request is limited, None for leads and administrators."""
        return self.identity.consultant if self.identity.role == "consultant" else None


class NoParameters(Input):
    """The query of an operation without parameters."""


@dataclass(frozen=True, slots=True)
class Operation:
    """The input and output of one method of one address. The OpenAPI document is made of these."""

    method: str
    path: str
    summary: str
    answer: type[BaseModel]
    query: type[Input] = NoParameters
    body: type[BaseModel] | None = None
    body_required: bool = True  # without a body, its model's defaults count
    status: int = 200
    consultants: bool = False  # whether consultants may use it, for their own data
    raw_body: str | None = None  # a media type that is accepted besides JSON, and passed on as bytes
    raw_answer: str | None = None  # the media type of an answer that is not JSON; `answer` is then its subject
    if_match: bool = False  # whether `If-Match` is honoured, with 412 when the state is another one by now
    answer_headers: Mapping[str, str] = field(default_factory=dict)  # the headers of the answer, each with its meaning
    numbers_of: str | None = None  # whose numbers the answer shows; that they were read is noted in the audit log


# By the handler's name, in the order of definition.
OPERATIONS: dict[str, Operation] = {}


def operation(declared: Operation) -> Callable[[Handler], Handler]:
    """Register a handler. It gets an ApiRequest and the path's values, and returns the answer's model."""

    def register(handler: Handler) -> Handler:
        OPERATIONS[handler.__name__] = declared
        blueprint.add_url_rule(
            declared.path,
            endpoint=handler.__name__,
            view_func=functools.partial(_answer, declared, handler),
            methods=[declared.method],
        )
        return handler

    return register


def _answer(declared: Operation, handler: Callable[..., BaseModel | Answer | Response], **values: Any) -> Response:
    office = current_office()
    now = office.clock.now()
    request.max_content_length = body_bound(request.method, request.path)
    with reading(office.sessions) as session:
        token = _bearer()
        identity = authenticate(session, now, token) if token else None
        refusal = _refusal(declared, identity, token is not None)
        if refusal is not None or identity is None:
            return refusal or _unauthenticated(False)
        if not request.query_string.isascii():
            return problem(400, "the query holds bytes that are not percent-encoded")
        repeated = sorted(name for name, given in request.args.lists() if len(given) > 1)
        if repeated:
            return invalid([(name, "was given more than once") for name in repeated])
        query = declared.query.model_validate_strings(request.args.to_dict())
        body = _body(declared)
        if declared.method == "GET":
            answer = handler(ApiRequest(session, identity, now, office, query, body), **values)
    if declared.method != "GET":
        with office.sessions.begin() as session:
            answer = handler(ApiRequest(session, identity, now, office, query, body, _if_match()), **values)
        office.wake()
    note_usage(office, identity, now, declared.numbers_of, answer)
    return _rendered(answer, declared.status)


def _bearer() -> str | None:
    match = re.fullmatch(r"[Bb]earer +([!-~]+) *", request.headers.get("Authorization", ""))
    return match[1] if match else None


def _refusal(declared: Operation, identity: Identity | None, token_given: bool) -> Response | None:
    if identity is None:
        return _unauthenticated(token_given)
    if identity.role in ("lead", "admin"):
        return None
    if declared.consultants and identity.role == "consultant" and identity.consultant:
        return None
    return problem(403, "this token's role may not do this")


def _unauthenticated(token_given: bool) -> Response:
    challenge = 'Bearer realm="callcenter"' + (', error="invalid_token"' if token_given else "")
    detail = "the token is not valid" if token_given else "a bearer token is needed"
    return problem(401, detail, {"WWW-Authenticate": challenge})


def _if_match() -> Callable[[str], bool] | None:
    """Whether a tag satisfies the request's `If-Match` by the strong comparison of RFC 9110; None without one."""
    return request.if_match.contains if "If-Match" in request.headers else None


def _body(declared: Operation) -> Any:
    if declared.body is None:
        return None
    if not declared.body_required and not request.get_data():
        return declared.body()
    if declared.raw_body is not None and request.mimetype == declared.raw_body:
        return request.get_data()
    if request.mimetype not in ("application/json", "") and not request.mimetype.endswith("+json"):
        taken = "application/json" + (f" or {declared.raw_body}" if declared.raw_body else "")
        raise UnsupportedMediaType(f"the body must be {taken}")
    return declared.body.model_validate_json(request.get_data(), strict=True)


def _rendered(answer: BaseModel | Answer | Response, status: int) -> Response:
    if isinstance(answer, Response):
        return answer
    model, headers = (answer.body, answer.headers) if isinstance(answer, Answer) else (answer, {})
    response = Response(model.model_dump_json(by_alias=True), status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    response.headers.update(headers)
    return response
