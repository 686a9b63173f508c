"""Adds the pages to the app: extensions, template helpers, blueprints and error pages."""

from pathlib import Path

from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.wrappers import Response as BaseResponse

from callcenter.access.session_rules import STAYS
from callcenter.logs import database_away
from callcenter.office import Office
from callcenter.web import (
    admin,
    board,
    callbacks,
    calls,
    emergency,
    errors,
    finder,
    installable,
    live_head,
    locale,
    login,
    mine,
    office_account,
    own_login,
    passkeys,
    presence_of_others,
    reports,
    rota,
    schools,
    second_factor,
    second_step,
    static_files,
    style_page,
    survey_page,
    template_helpers,
    undo,
    wall_links,
)
from callcenter.web.entry import visitor_of_cookie
from callcenter.web.live import answer as live
from callcenter.web.page import csrf
from callcenter.web.read_session import close_session
from callcenter.web.security import PageSessions, harden_every_answer
from callcenter.web.visitor import manager

_BLUEPRINTS = (
    login.blueprint,
    office_account.blueprint,
    second_step.blueprint,
    second_factor.blueprint,
    emergency.blueprint,
    *board.BLUEPRINTS,
    live_head.blueprint,
    wall_links.blueprint,
    *calls.BLUEPRINTS,
    *callbacks.BLUEPRINTS,
    *mine.BLUEPRINTS,
    *rota.BLUEPRINTS,
    schools.blueprint,
    *finder.BLUEPRINTS,
    *reports.BLUEPRINTS,
    survey_page.blueprint,
    style_page.blueprint,
    own_login.blueprint,
    undo.blueprint,
    passkeys.blueprint,
    presence_of_others.blueprint,
    installable.blueprint,
    *admin.BLUEPRINTS,
)
# When a visitor may try again after the database did not answer: it restarts within seconds.
_RETRY_AFTER_S = 5
_STATIC = Path(__file__).with_name("static")
# Programs read the errors below these paths, so they get no page.
_NOT_PAGES = ("/api/", "/webhooks/", "/metrics", "/healthz", "/readyz")


def set_up(app: Flask) -> None:
    """Add extensions, blueprints and error pages to the app."""
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    app.config["PERMANENT_SESSION_LIFETIME"] = STAYS
    # Only page blueprints check a CSRF token. It is valid as long as the session, since pages stay open all day.
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    app.session_interface = PageSessions()
    office: Office = app.extensions["callcenter"]
    harden_every_answer(app, office.settings.public_url)
    live.set_up(app, office, _STATIC)
    csrf.init_app(app)
    manager.init_app(app)
    # Its own check of address and program ends sessions that are merely moved to another network.
    manager.session_protection = None
    manager.user_loader(visitor_of_cookie)
    locale.set_up(app)
    template_helpers.set_up(app)
    office_account.set_up(app)
    static_files.set_up(app)
    app.register_blueprint(
        static_files.kept(Blueprint("web", __name__, static_folder="static", static_url_path="/web"))
    )
    # Bootstrap's files come from a Python package, so that pages load nothing from another site.
    app.register_blueprint(
        static_files.kept(
            Blueprint("bootstrap", "flask_bootstrap", static_folder="static/bootstrap5", static_url_path="/bootstrap")
        )
    )
    for blueprint in _BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.register_error_handler(500, _failed)


def unknown_address(error: HTTPException) -> HTTPException | tuple[str, int] | BaseResponse:
    """An error page for an unknown address, unless programs read the answer."""
    if error.code != 404 or request.path.startswith(_NOT_PAGES):
        return error
    try:
        return errors.show(error)
    finally:
        close_session()


def _failed(error: InternalServerError) -> HTTPException | Response:
    """The page for an internal error. It reads nothing from the database, which may be the cause: 503 then."""
    if request.path.startswith(_NOT_PAGES):
        return error
    page = Response((_STATIC / "failed.html").read_bytes(), 500, content_type="text/html; charset=utf-8")
    if database_away(error.original_exception):
        page.status_code = 503
        page.headers["Retry-After"] = str(_RETRY_AFTER_S)
    return page
