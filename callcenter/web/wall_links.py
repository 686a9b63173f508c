"""The page where a lead makes and revokes the links of screens on a wall."""

from flask import flash, redirect, render_template, request, url_for

from callcenter.access.audit import note as audit
from callcenter.access.wall_links import all_links, create_link, link_name, revoke_link
from callcenter.office import current_office
from callcenter.web.locale import _
from callcenter.web.page import LEADS, Page, now, pages, read, visitor, writing
from callcenter.web.shown_once import once
from callcenter.web.sure import asks_first

blueprint = pages("wall_links", LEADS)


@blueprint.get("/wandschermen")
def links() -> Page:
    """Every link, without its secret: where the screen hangs, who made it, and when it was used last."""
    return render_template("wall_links.html", links=all_links(read()))


@blueprint.post("/wandschermen")
def add() -> Page:
    """Make a link, and show its address once."""
    with writing() as session:
        link_id, secret = create_link(session, now(), request.form.get("name", ""), visitor().email)
        audit(session, now(), visitor().email, "wall_link_created", f"wall_link:{link_id}")
    address = current_office().settings.public_url + url_for("wall.screen", secret=secret)
    return once(
        _("New screen"),
        _("Open this address on the screen. Whoever has it sees the wall, and nothing else:"),
        address,
        url_for(".links"),
    )


@blueprint.post("/wandschermen/<id:link_id>")
def revoke(link_id: int) -> Page:
    """Revoke a link, after asking. Its screen says so within seconds."""
    name = link_name(read(), link_id)
    follows = [
        _("The screen that shows it says within seconds that the link no longer works."),
        _("It cannot be given back: the screen then needs a new link."),
    ]
    question = asks_first(_("Revoke %(name)s?", name=name), follows, _("Yes, revoke it"), url_for(".links"))
    if question is not None:
        return question
    with writing() as session:
        link = revoke_link(session, now(), link_id)
        audit(session, now(), visitor().email, "wall_link_revoked", f"wall_link:{link_id}")
    flash(_("The link of %(name)s no longer works. Its screen says so.", name=link.name))
    return redirect(url_for(".links"), 303)
