"""Logging in with the account of the office: to the provider, back from it, and out of it."""

from typing import TYPE_CHECKING, cast

from flask import Flask, Response, abort, current_app, redirect, render_template, request, url_for
from flask_login import current_user

from callcenter.access import allowances
from callcenter.access.lockout import SOURCE
from callcenter.access.office_account.accounts import admit, note_failure
from callcenter.access.office_account.entry import Refusal
from callcenter.access.office_account.identity import account_of
from callcenter.access.office_account.visit import ProviderFailed
from callcenter.access.sources import source_key
from callcenter.login_settings import OfficeAccounts
from callcenter.office import Office, current_office
from callcenter.web import visits
from callcenter.web.entry import let_in
from callcenter.web.home import home
from callcenter.web.office_account_words import words_of
from callcenter.web.page import Page, now, pages, writing
from callcenter.web.targets import local_target

if TYPE_CHECKING:
    from callcenter.access.office_account.provider import Provider

_PROVIDER = "callcenter_provider"
HOW = "office account"

blueprint = pages("office_account", public=("start", "came_back", "left", "leave"))


def set_up(app: Flask) -> None:
    """Add the provider of the settings to the app, if there is one. It is asked when somebody logs in."""
    accounts = cast(Office, app.extensions["callcenter"]).settings.office_accounts
    if accounts is not None:
        from callcenter.access.office_account.provider import Provider

        secret = accounts.client_secret.get_secret_value()
        app.extensions[_PROVIDER] = Provider(accounts.issuer, accounts.client_id, secret)


@blueprint.get("/inloggen/kantoor")
def start() -> Page:
    """Send the browser to the provider. `ander`: ask for the account there, even if one is logged in."""
    _accounts()
    if current_user.is_authenticated:
        return redirect(home())
    try:
        started = _provider().start(_comes_back_to(), choose_account="ander" in request.args)
    except ProviderFailed as failed:
        return _failed(failed.reason)
    visits.remember(started, local_target(request.args.get("next")) or "", now())
    return redirect(started.url)


@blueprint.get("/inloggen/kantoor/terug")
def came_back() -> Page:
    """The browser comes back from the provider: let the person in, or say why not."""
    accounts = _accounts()
    visit = visits.take(request.args.get("state", ""), now())
    if visit is None:
        return _failed("no_visit")
    if "error" in request.args:
        return _failed("cancelled" if request.args["error"] == "access_denied" else "provider_refuses")
    if not _may_ask():
        return _failed("too_many")
    try:
        claims = _provider().finish(request.args.get("code", ""), _comes_back_to(), visit.nonce, visit.verifier, now())
    except ProviderFailed as failed:
        return _failed(failed.reason)
    with writing() as session:
        allowances.give_back(session, _source(), SOURCE, now())
    issuer = str(claims["iss"])
    account = account_of(claims, issuer)
    if account is None:
        return _failed("bad_token")
    admitted = admit(current_office().sessions, now(), issuer, account, accounts.roles)
    if isinstance(admitted, Refusal):
        return _page(admitted, account.subject)
    if let_in(admitted, stay=False, how=HOW) is None:
        return _page(Refusal.DISABLED, account.subject)
    return redirect(visit.target or home(), 303)


@blueprint.get("/uitgelogd")
def left() -> Page:
    """Says that the visitor is logged out here, and still logged in at the provider."""
    _accounts()
    return render_template("logged_out.html")


@blueprint.get("/inloggen/kantoor/uit")
def leave() -> Page:
    """Send the browser to the provider's own page for logging out."""
    _accounts()
    try:
        address = _provider().log_out_address(_public(url_for("login.form")))
    except ProviderFailed as failed:
        return _failed(failed.reason)
    return redirect(address or url_for("login.form"))


def _may_ask() -> bool:
    """Take one of the tries of this client address: a stranger could let us ask the provider all day."""
    with writing() as session:
        return allowances.take(session, _source(), SOURCE, now()) is None


def _source() -> str:
    secret_key = current_office().settings.secret_key.get_secret_value()
    return f"office:{source_key(secret_key, request.remote_addr)}"


def _accounts() -> OfficeAccounts:
    return current_office().settings.office_accounts or abort(404)


def _provider() -> "Provider":
    return cast("Provider", current_app.extensions[_PROVIDER])


def _public(path: str) -> str:
    # From the settings: a Host header could name any address.
    return current_office().settings.public_url + path


def _comes_back_to() -> str:
    return _public(url_for(".came_back"))


def _failed(reason: str) -> Page:
    note_failure(current_office().sessions, now(), reason)
    return _page(reason)


def _page(reason: str, subject: str | None = None) -> Page:
    title, advice, status = words_of(reason)
    page = render_template("office_account.html", title=title, advice=advice, subject=subject)
    return Response(page, status)
