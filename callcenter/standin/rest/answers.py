"""Answers of the REST API: JSON, errors with Twilio's code, and those of injected faults."""

import json
from dataclasses import dataclass

from callcenter.standin.rest.forms import RestError
from callcenter.standin.rest.json import Json


@dataclass(frozen=True, slots=True)
class RestAnswer:
    """An answer of the API. timed_out: no answer came, however long the client waited."""

    status: int
    body: bytes
    content_type: str = "application/json"
    timed_out: bool = False


NO_ANSWER = RestAnswer(0, b"", timed_out=True)
REASONS = {200: "OK", 201: "Created", 204: "No Content", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
           404: "Not Found", 405: "Method Not Allowed", 429: "Too Many Requests",
           500: "Internal Server Error"}  # fmt: skip
_FAULTY = {
    401: (20003, "Authenticate"),
    403: (20403, "Forbidden"),
    404: (20404, "The requested resource was not found"),
    429: (20429, "Too Many Requests"),
}


def json_answer(status: int, value: Json) -> RestAnswer:
    return RestAnswer(status, json.dumps(value).encode())


def error_answer(error: RestError) -> RestAnswer:
    return json_answer(
        error.status,
        {
            "code": error.code,
            "message": error.message,
            "more_info": f"https://www.twilio.com/docs/errors/{error.code}",
            "status": error.status,
        },
    )


def faulty_answer(do: str, status: int) -> RestAnswer:
    """The answer that an injected fault gives. do: see `FaultKind`; status: of a `rest_error`."""
    if do == "rest_timeout":
        return NO_ANSWER
    status = 429 if do == "rest_429" else status
    return error_answer(RestError(status, *_FAULTY.get(status, (20500, "An internal server error has occurred"))))
