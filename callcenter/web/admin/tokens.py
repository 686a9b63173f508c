"""The page of API tokens, where they are created, shown once, and revoked."""

from flask import flash, redirect, render_template, request, url_for

from callcenter.access import token_rules
from callcenter.access import tokens as stored
from callcenter.access.audit import note as audit
from callcenter.access.users import ROLES
from callcenter.web.active_rota import people
from callcenter.web.locale import _
from callcenter.web.page import ADMINS, Page, choice, now, pages, read, visitor, writing
from callcenter.web.shown_once import once
from callcenter.web.sure import asks_first
from callcenter.web.typed import MOST_ID, typed_number

# The choices of the form: how many days a token is valid, 0: for ever.
DAYS = (30, 90, token_rules.DAYS, 0)

blueprint = pages("admin_tokens", ADMINS)


@blueprint.get("/beheer/sleutels")
def tokens() -> Page:
    """Every token, without its secret: whose it is, until when it is valid, and when it was used last."""
    logins = stored.owners(read())
    return render_template(
        "admin_tokens.html",
        tokens=stored.all_tokens(read()),
        logins=logins,
        owners=[(str(user.id), user.email) for user in logins.values() if user.disabled_at is None],
        roles=("", *ROLES),
        consultants=people(now()),
        days=DAYS,
        usual=token_rules.DAYS,
    )


@blueprint.post("/beheer/sleutels")
def add() -> Page:
    """Create a token, and show its secret once."""
    form = request.form
    days = int(choice("days", *map(str, DAYS)))
    owner_id = typed_number("owner", MOST_ID)
    with writing() as session:
        secret = stored.create_token(
            session,
            now(),
            form.get("role", ""),
            form.get("consultant") or None,
            form.get("name") or None,
            days=days,
            owner_id=owner_id,
            made_by_id=visitor().id,
        )
        audit(session, now(), visitor().email, "token_created", "tokens", role=form.get("role", ""), days=days)
    return once(_("New API token"), _("The program sends it with every request:"), secret, url_for(".tokens"))


@blueprint.post("/beheer/sleutels/<id:token_id>")
def revoke(token_id: int) -> Page:
    """Revoke a token, after asking."""
    name = stored.token_name(read(), token_id)
    follows = [
        _("The program that uses it gets no answer any more, from now on."),
        _("It cannot be given back: the program then needs a new token."),
    ]
    question = asks_first(_("Revoke %(name)s?", name=name), follows, _("Yes, revoke it"), url_for(".tokens"))
    if question is not None:
        return question
    with writing() as session:
        token = stored.revoke_token(session, now(), token_id)
        audit(session, now(), visitor().email, "token_revoked", f"token:{token_id}")
    flash(_("%(name)s no longer works.", name=token.name))
    return redirect(url_for(".tokens"), 303)
