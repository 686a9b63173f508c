"""What both pages that set up a second factor share: the QR code, and confirming it by a code."""

import segno
from flask import Response, render_template, request

from callcenter.access.audit import note as audit
from callcenter.access.second_factor import stored
from callcenter.access.second_factor.cipher import UnreadableSecret
from callcenter.access.second_factor.codes import address_for_app
from callcenter.access.second_factor.proof import Proof, prove
from callcenter.access.sessions import end_sessions
from callcenter.office import current_office
from callcenter.web import formats
from callcenter.web.locale import _, current
from callcenter.web.page import Page, now, read, writing

_NAME_IN_APP = "callcenter"


def secret_key() -> str:
    """The key that the secrets of second factors are encrypted with."""
    return current_office().settings.secret_key.get_secret_value()


def begin(user_id: int) -> None:
    """Make the secret that the page then shows."""
    with writing() as session:
        stored.begin(session, now(), user_id, secret_key())


def confirmed(user_id: int, email: str, own_session: int | None = None) -> list[str] | None:
    """Turn the second factor on with the code of the form. Returns the recovery codes; None when it is wrong.

    Every session that began without it ends, but `own_session`.
    """
    try:
        with writing() as session:
            codes = stored.confirm(session, now(), user_id, request.form.get("code", ""), secret_key())
            if codes is not None:
                ended = end_sessions(session, user_id, but=own_session)
                audit(session, now(), email, "second_factor_on", f"user:{user_id}", sessions_ended=ended)
    except UnreadableSecret:
        return None
    return codes


def set_up_page(user_id: int, email: str, *, required: bool, wrong: bool = False) -> Page:
    """The page that explains the second factor, or shows its QR code once it is begun."""
    try:
        secret = stored.unconfirmed_secret(read(), now(), user_id, secret_key())
    except UnreadableSecret:  # begun with another key: the person begins again
        secret = None
    address = address_for_app(secret, email, _NAME_IN_APP) if secret is not None else None
    page = render_template(
        "second_factor_set_up.html",
        address=address,
        picture=_picture(address) if address is not None else None,
        key=_in_groups(secret or ""),
        required=required,
        wrong=wrong,
    )
    return Response(page, 401 if wrong else 200)


def _picture(address: str) -> str:
    """A QR code as a `data:` address, dark on light also on a dark page, with the quiet zone that cameras need."""
    return str(segno.make(address, error="m").svg_data_uri(scale=5, border=4, light="#fff", dark="#000"))


def _in_groups(key: str) -> str:
    return " ".join(key[at : at + 4] for at in range(0, len(key), 4))


def typed_proof(user_id: int, email: str) -> Proof:
    """Whether the code of the form is right. It is used up, and a wrong one counts."""
    with writing() as session:
        return prove(session, now(), user_id, email, request.form.get("code", ""), secret_key())


def fault_of(proof: Proof) -> str | None:
    """What the person reads whose code was not taken; None when it was."""
    if proof.how is not None:
        return None
    if proof.again_at is not None:
        when = formats.relative(proof.again_at, now(), current())
        return _("Too many wrong codes. Try again %(when)s.", when=when)
    if proof.unreadable:
        return _("No code can be checked: ask the administrator, or use a recovery code.")
    return _("This code is not right, or was used already. Wait for the next one.")
