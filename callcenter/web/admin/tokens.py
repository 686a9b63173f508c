"""The page of API tokens, where they are created, shown once, and revoked."""

from flask import flash, redirect, render_template, request, url_for

from callcenter.access import tokens as stored
from callcenter.access.audit import note as audit
from callcenter.access.users import ROLES
from callcenter.web.active_rota import people
from callcenter.web.locale import _
from callcenter.web.page import ADMINS, Page, now, pages, read, visitor, writing

blueprint = pages("admin_tokens", ADMINS)


@blueprint.get("/beheer/sleutels")
def tokens() -> Page:
    """Every token, without its secret."""
    return render_template(
        "admin_tokens.html", tokens=stored.all_tokens(read()), roles=ROLES, consultants=people(now())
    )


@blueprint.post("/beheer/sleutels")
def add() -> Page:
    """Create a token, and show its secret once."""
    form = request.form
    with writing() as session:
        secret = stored.create_token(
            session, now(), form.get("role", ""), form.get("consultant") or None, form.get("name") or None
        )
        audit(session, now(), visitor().email, "token_created", "tokens", role=form.get("role", ""))
    flash(_("The token, shown this once: %(token)s", token=secret))
    return redirect(url_for(".tokens"), 303)


@blueprint.post("/beheer/sleutels/<id:token_id>")
def revoke(token_id: int) -> Page:
    """Revoke a token."""
    with writing() as session:
        token = stored.revoke_token(session, now(), token_id)
        audit(session, now(), visitor().email, "token_revoked", f"token:{token_id}")
    flash(_("%(name)s no longer works.", name=token.name))
    return redirect(url_for(".tokens"), 303)
