"""Logging in with a passkey, and the passkeys of the own login: making and removing them."""

import json
import secrets
from base64 import b64decode, b64encode
from datetime import timedelta
from urllib.parse import urlsplit

from flask import Response, flash, redirect, request, url_for
from flask import session as cookie

from callcenter.access import allowances
from callcenter.access.audit import note as audit
from callcenter.access.local_passwords import PASSKEY, takes_passkey
from callcenter.access.lockout import SOURCE
from callcenter.access.passkeys import stored
from callcenter.access.passkeys.ceremony import (
    PasskeyRefused,
    Site,
    check_made,
    check_used,
    options_to_make,
    options_to_use,
)
from callcenter.access.records import User
from callcenter.access.sources import source_key
from callcenter.errors import InvalidInput
from callcenter.office import current_office
from callcenter.web.entry import let_in
from callcenter.web.home import home
from callcenter.web.locale import _
from callcenter.web.login import form_with
from callcenter.web.mine.device_names import device_name
from callcenter.web.page import Page, now, pages, read, visitor, writing
from callcenter.web.targets import local_target

blueprint = pages("passkey", public=("question", "enter"))

# A challenge waits in the signed cookie for this long.
_LASTS = timedelta(minutes=5)
# Making a passkey opens the login for good. So it is for somebody who has just logged in, not for a page left open.
JUST_LOGGED_IN = timedelta(minutes=15)
_ASKED_TO_USE, _ASKED_TO_MAKE = "passkey_use", "passkey_make"
_LONGEST_ANSWER = 20_000


@blueprint.get("/inloggen/passkey")
def question() -> Page:
    """What the browser needs to log in with a passkey."""
    return _json(options_to_use(_site(), _new_challenge(_ASKED_TO_USE)))


@blueprint.post("/inloggen/passkey")
def enter() -> Page:
    """Log in with the browser's answer."""
    challenge = _asked(_ASKED_TO_USE)
    answer = request.form.get("answer", "")
    if challenge is None or not _may_try():
        return _refused(429 if challenge is not None else 401)
    user_id = _opened(answer, challenge)
    if user_id is None:
        return _refused(401)
    with writing() as session:
        allowances.give_back(session, _source(), SOURCE, now())
    if let_in(user_id, stay="stay" in request.form, how=PASSKEY) is None:
        return _refused(401)
    return redirect(local_target(request.form.get("next")) or home(), 303)


@blueprint.get("/mijn-login/passkey")
def new() -> Page:
    """What the browser needs to make a passkey for this login."""
    if not may_make():
        return Response(status=409)
    known = [one.credential_id for one in stored.passkeys_of(read(), visitor().id)]
    challenge = _new_challenge(_ASKED_TO_MAKE)
    return _json(options_to_make(_site(), visitor().id, visitor().email, challenge, known))


@blueprint.post("/mijn-login/passkey")
def add() -> Page:
    """Store the passkey that the browser made."""
    challenge, who = _asked(_ASKED_TO_MAKE), visitor()
    if challenge is None or not may_make():
        raise InvalidInput("passkey", "log in again first, and then make the passkey")
    try:
        made = check_made(_site(), _answer(), challenge)
    except PasskeyRefused:
        raise InvalidInput("passkey", "this passkey cannot be used here") from None
    with writing() as session:
        passkey = stored.add(
            session,
            now(),
            who.id,
            credential_id=made.credential_id,
            public_key=made.public_key,
            sign_count=made.sign_count,
            name=device_name(request.user_agent.string),
        )
        audit(session, now(), who.email, "passkey_made", f"user:{who.id}", passkey=passkey.id)
    flash(_("From now on this device logs you in without a password."))
    return redirect(url_for("own_login.own_login"), 303)


@blueprint.post("/mijn-login/passkey/<id:passkey_id>")
def remove(passkey_id: int) -> Page:
    """Remove one of the own passkeys."""
    who = visitor()
    with writing() as session:
        if stored.remove(session, who.id, passkey_id):
            audit(session, now(), who.email, "passkey_removed", f"user:{who.id}", passkey=passkey_id)
    flash(_("That passkey does not log in any more."))
    return redirect(url_for("own_login.own_login"), 303)


def may_make() -> bool:
    """Whether the visitor may make a passkey now: soon after a log-in, with a login that has a password."""
    if now() - visitor().session.created_at > JUST_LOGGED_IN:
        return False
    user = read().get_one(User, visitor().id)
    return _takes(user)


def _takes(user: User) -> bool:
    settings = current_office().settings
    return user.password_hash is not None and takes_passkey(user.role, settings.local_passwords)


def _opened(answer: str, challenge: bytes) -> int | None:
    """The login that an answer opens, once; None when it opens none."""
    try:
        credential_id = str(json.loads(answer)["id"]) if len(answer) <= _LONGEST_ANSWER else ""
    except (ValueError, KeyError, TypeError):
        return None
    found = stored.passkey_of(read(), credential_id)
    if found is None or not _takes(found[1]):
        return None
    passkey, user = found
    try:
        count = check_used(_site(), answer, challenge, public_key=passkey.public_key, sign_count=passkey.sign_count)
    except PasskeyRefused:
        return None
    with writing() as session:
        taken = stored.take_answer(session, now(), passkey.id, challenge, count)
    return user.id if taken else None


def _answer() -> str:
    answer = request.form.get("answer", "")
    return answer if len(answer) <= _LONGEST_ANSWER else ""


def _site() -> Site:
    """The site of the settings; on the machine itself, `localhost`, the only name that browsers take without https."""
    host, port = urlsplit(f"//{request.host}").hostname, request.host.partition(":")[2]
    if host == "localhost":
        return Site(host, f"http://{host}:{port}" if port else f"http://{host}")
    public = urlsplit(current_office().settings.public_url)
    return Site(public.hostname or "", f"{public.scheme}://{public.netloc}")


def _new_challenge(kind: str) -> bytes:
    challenge = secrets.token_bytes(32)
    cookie[kind] = [b64encode(challenge).decode(), int(now().timestamp())]
    return challenge


def _asked(kind: str) -> bytes | None:
    """The challenge that this browser was asked a short while ago. It is asked once."""
    found = cookie.pop(kind, None)
    if found is None:
        return None
    challenge, at = found
    in_time = 0 <= int(now().timestamp()) - at <= _LASTS.total_seconds()
    return b64decode(challenge) if in_time else None


def _may_try() -> bool:
    with writing() as session:
        return allowances.take(session, _source(), SOURCE, now()) is None


def _source() -> str:
    secret_key = current_office().settings.secret_key.get_secret_value()
    return f"passkey:{source_key(secret_key, request.remote_addr)}"


def _json(text: str) -> Response:
    return Response(text, content_type="application/json")


def _refused(status: int) -> Page:
    return form_with(_("This passkey did not log you in. Log in with your password."), status)
