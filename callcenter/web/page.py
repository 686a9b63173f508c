"""The common parts of all pages: the visitor, the read session, the check of roles, and the CSRF protection."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import cast

from flask import Blueprint, Response, abort, g, redirect, request, session, url_for
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from callcenter.errors import CallcenterError
from callcenter.front.limits import body_bound
from callcenter.office import current_office
from callcenter.web.errors import show
from callcenter.web.formats import local_moment
from callcenter.web.live import answer as live
from callcenter.web.locale import current
from callcenter.web.read_session import close_session
from callcenter.web.security import keep_private
from callcenter.web.targets import local_target
from callcenter.web.typed import refuse_odd_characters
from callcenter.web.visitor import Visitor

# What a view returns.
Page = str | Response | BaseResponse

EVERYONE = ("consultant", "lead", "admin")
LEADS = ("lead", "admin")
ADMINS = ("admin",)

csrf = CSRFProtect()


def pages(name: str, roles: Collection[str] = EVERYONE, public: Collection[str] = ()) -> Blueprint:
    """A blueprint of pages for these roles. The views named in `public` need no login.

    Forms are protected by CSRF tokens here only, since browsers do not call webhooks and API.
    """
    blueprint = Blueprint(name, __name__, template_folder="templates")

    def guard() -> BaseResponse | None:
        request.max_content_length = body_bound(request.method, request.path)
        refuse_odd_characters()
        csrf.protect()
        if request.endpoint in {f"{name}.{view}" for view in public}:
            return None
        # A visitor whose cookie names no login is turned away without the database.
        if "_user_id" in session:
            live.begin()
        if not current_user.is_authenticated:
            return Response(status=401) if live.is_asked() else redirect(url_for("login.form", next=_way_back()))
        if visitor().role not in roles:
            abort(403)
        return live.unless_changed(now(), f"{visitor().id} {visitor().role} {current()}")

    def leave(response: Response) -> Response:
        live.count_cost()
        return keep_private(response)

    blueprint.before_request(guard)
    blueprint.after_request(leave)
    blueprint.teardown_request(close_session)
    for refusal in (400, 403, 404, CallcenterError):
        blueprint.register_error_handler(refusal, show)
    return blueprint


def visitor() -> Visitor:
    """The visitor who is logged in. Only for views that require a login."""
    return cast(Visitor, current_user._get_current_object())


def now() -> datetime:
    """The current instant (UTC), the same throughout one request."""
    if "page_now" not in g:
        g.page_now = current_office().clock.now()
    return cast(datetime, g.page_now)


def read() -> Session:
    """The session that this request reads with. On SQLite it takes no write lock."""
    if "page_session" not in g:
        session = current_office().sessions()
        session.connection(execution_options={"read_only": True})
        g.page_session = session
    return cast(Session, g.page_session)


@contextmanager
def writing() -> Iterator[Session]:
    """A new transaction, committed at the end. What waits for commits, such as the dispatcher, is then woken."""
    office = current_office()
    with office.sessions.begin() as session:
        yield session
    office.wake()


def back(fallback: str) -> BaseResponse:
    """A redirect to the page the form names, else to `fallback`."""
    return redirect(local_target(request.form.get("next")) or fallback, 303)


def typed_moment(field: str) -> datetime | None:
    """The instant typed in a field of the form, or None when it is empty. Raises InvalidInput."""
    return local_moment(request.form.get(field, ""), field)


def choice(field: str, *known: str) -> str:
    """What the form chose in a field: one of `known`. Aborts with 400 at anything else, so that a form which is not
    understood does nothing."""
    value = request.form.get(field, "")
    if value not in known:
        abort(400)
    return value


def _way_back() -> str | None:
    if request.method != "GET" or request.path == "/":
        return None
    return request.full_path.rstrip("?")
