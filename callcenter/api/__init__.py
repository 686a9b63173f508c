"""The addresses for programs: the JSON API, `/metrics`, `/healthz` and `/readyz`."""

from flask import Flask

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
from callcenter.office import Office
from callcenter.paths import add_converters
from callcenter.reachability.collector import make_registry
from callcenter.rota.versions import active_rota

# Importing them adds their operations to the blueprint.
RESOURCES = (calls, callbacks, voicemails, consultants, reachability, schools, rota_resource, openapi)


def register(app: Flask) -> None:
    """Add the API, `/metrics`, `/healthz` and `/readyz` to an app. `extensions["callcenter"]` must hold the Office."""
    office: Office = app.extensions["callcenter"]
    app.extensions["callcenter_registry"] = make_registry(
        office.sessions, office.clock, active_rota, app.extensions.get("callcenter_jobs", {})
    )
    add_converters(app)
    for status in (404, 405):
        app.register_error_handler(status, lambda error: problems.unknown_address(error) or error)
    app.register_blueprint(endpoint.blueprint)
    app.register_blueprint(metrics.blueprint)
    app.register_blueprint(health.blueprint)
