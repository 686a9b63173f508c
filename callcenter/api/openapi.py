"""`/api/v1/openapi.json`: the OpenAPI document, made from the registered operations."""

import re
from functools import cache
from typing import Any

from flask import Response, json
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from callcenter.api.endpoint import OPERATIONS, PREFIX, Operation, blueprint
from callcenter.paths import MAX_ID
from callcenter.reachability.collector import release

_REFERENCE = "#/components/schemas/{model}"
_ID = {"type": "integer", "minimum": 1, "maximum": MAX_ID}
_PROBLEM = {
    "type": "object",
    "description": "An error as RFC 9457 describes it",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "field": {"type": "string", "description": "the first part of the input that was refused"},
        "reason": {"type": "string", "description": "which rule stands in the way, of a 409 that has several"},
        "voicemail_ids": {
            "type": "array",
            "description": "the messages that nobody has heard yet, of a 409 with the reason `unheard`",
            "items": {"type": "integer"},
        },
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
_REFUSALS = {
    "400": "The request cannot be read",
    "401": "No valid bearer token",
    "403": "The token's role may not do this",
    "404": "There is nothing here",
    "405": "The address does not take this method; `Allow` names those that it takes",
    "409": "The state does not allow it",
    "413": "The body is too large",
    "415": "The body has another media type",
    "422": "The input was refused; `field` names what",
    "503": "The database does not answer for now; try again after `Retry-After` seconds",
}
_CHANGED = "Somebody changed it meanwhile: it is no longer as `If-Match` says"
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "the `ETag` of an earlier answer; the change is made only while that is still the state",
    "schema": {"type": "string"},
}


@blueprint.get("/openapi.json")
def openapi_json() -> Response:
    """The document. It holds no secrets, so no token is needed."""
    return Response(json.dumps(document()), content_type="application/json")


@cache
def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document of every operation registered."""
    inputs = {declared.body for declared in OPERATIONS.values() if declared.body is not None}
    answers = {declared.answer for declared in OPERATIONS.values()}
    models: list[tuple[type[BaseModel], Any]] = [(model, "validation") for model in sorted(inputs, key=str)]
    models += [(model, "serialization") for model in sorted(answers, key=str)]
    references, schemas = models_json_schema(models, ref_template=_REFERENCE)
    paths: dict[str, dict[str, Any]] = {}
    for name, declared in OPERATIONS.items():
        path = PREFIX + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", declared.path)
        paths.setdefault(path, {})[declared.method.lower()] = _operation(name, declared, references)
    return {
        "openapi": "3.1.0",
        "info": {"title": "callcenter", "version": release()},
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": {**schemas.get("$defs", {}), "Problem": _PROBLEM},
        },
    }


def _operation(name: str, declared: Operation, references: Any) -> dict[str, Any]:
    described: dict[str, Any] = {
        "summary": declared.summary,
        "operationId": name,
        "parameters": [
            *_path_parameters(declared.path),
            *_query_parameters(declared),
            *([_IF_MATCH] if declared.if_match else []),
        ],
        "responses": {
            str(declared.status): {
                "description": "Done",
                "content": _answered(declared, references),
                **_headers(declared),
            },
            **{
                status: {
                    "description": text,
                    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
                }
                for status, text in _refusals(declared).items()
            },
        },
    }
    if declared.body is not None:
        content: dict[str, Any] = {"application/json": {"schema": references[declared.body, "validation"]}}
        if declared.raw_body is not None:
            content[declared.raw_body] = {"schema": {"type": "string", "format": "binary"}}
        described["requestBody"] = {"required": declared.body_required, "content": content}
    return described


def _refusals(declared: Operation) -> dict[str, str]:
    return {**_REFUSALS, "412": _CHANGED} if declared.if_match else _REFUSALS


def _headers(declared: Operation) -> dict[str, Any]:
    if not declared.answer_headers:
        return {}
    meanings = declared.answer_headers.items()
    return {"headers": {name: {"description": text, "schema": {"type": "string"}} for name, text in meanings}}


def _answered(declared: Operation, references: Any) -> dict[str, Any]:
    if declared.raw_answer is not None:
        return {declared.raw_answer: {"schema": {"type": "string", "format": "binary"}}}
    return {"application/json": {"schema": references[declared.answer, "serialization"]}}


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _ID if kind == "id" else {"type": "string"}}
        for kind, name in re.findall(r"<(\w+):(\w+)>", path)
    ]


def _query_parameters(declared: Operation) -> list[dict[str, Any]]:
    schema = declared.query.model_json_schema()
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _without_null(part)}
        for name, part in schema.get("properties", {}).items()
    ]


def _without_null(part: dict[str, Any]) -> dict[str, Any]:
    """The schema without null: a query parameter is left out, never null."""
    shown = {key: value for key, value in part.items() if key not in ("default", "title") or value is not None}
    choices = [choice for choice in part.get("anyOf", []) if choice.get("type") != "null"]
    if len(choices) == 1:
        shown.pop("anyOf")
        shown |= choices[0]
    return shown
