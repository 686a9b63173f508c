"""The OpenAPI document matches the behaviour of the API."""

import json

from sqlalchemy.orm import Session, sessionmaker

from callcenter.api.endpoint import OPERATIONS
from callcenter.api.openapi import document
from callcenter.clock import VirtualClock
from tests.support.api_office import Door


def test_anyone_may_read_it(sqlite_sessions: sessionmaker[Session], clock: VirtualClock) -> None:
    answer = Door(sqlite_sessions, clock).client.get("/api/v1/openapi.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.get_json()["openapi"].startswith("3.1")


def test_it_holds_every_operation_with_its_parameters_and_bodies() -> None:
    operations = {
        described["operationId"]: described for path in document()["paths"].values() for described in path.values()
    }
    assert set(operations) == set(OPERATIONS)
    names = {part["name"] for part in operations["list_calls"]["parameters"]}
    assert names == {"call_sid", "since", "until", "outcome", "limit", "cursor"}
    assert {part["name"] for part in operations["get_rota"]["parameters"]} == {"from", "to"}
    assert set(operations["put_rota"]["requestBody"]["content"]) == {"application/json", "application/zip"}
    assert operations["get_call"]["parameters"][0]["in"] == "path"


def test_every_reference_in_it_leads_somewhere() -> None:
    text = json.dumps(document())
    schemas = document()["components"]["schemas"]
    referred = {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert referred <= set(schemas)
    assert set(schemas["CallShape"]["required"]) >= {"from", "legs", "decisions", "outcome"}
