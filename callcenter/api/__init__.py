"""The addresses for programs: the JSON API, `/metrics`, `/healthz` and `/readyz`."""

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

from callcenter.api import (
    callbacks,
    calls,
    consultants,
    endpoint,
    health,
    metrics,
    openapi,
    problems,
    reachability,
    schools,
    voicemails,
)
from callcenter.api import rota as rota_resource
from callcenter.api.shapes import MAX_ID
from callcenter.office import Office
from callcenter.reachability.collector import make_registry
from callcenter.rota.versions import active_rota

# Importing them adds their operations to the blueprint.
RESOURCES = (calls, callbacks, voicemails, consultants, reachability, schools, rota_resource, openapi)


class IdConverter(IntegerConverter):
    """A path value that can be an id. An address with any other number does not exist."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, min=1, max=MAX_ID)


def register(app: Flask) -> None:
    """Add the API, `/metrics`, `/healthz` and `/readyz` to an app. `extensions["callcenter"]` must hold the Office."""
    office: Office = app.extensions["callcenter"]
    app.extensions["callcenter_registry"] = make_registry(office.sessions, office.clock, active_rota)
    app.url_map.converters["id"] = IdConverter
    for status in (404, 405):
        app.register_error_handler(status, lambda error: problems.unknown_address(error) or error)
    app.register_blueprint(endpoint.blueprint)
    app.register_blueprint(metrics.blueprint)
    app.register_blueprint(health.blueprint)
