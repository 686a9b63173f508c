"""Push messages of the own browsers: switching them on and off, and what to call a browser."""

from flask import flash, redirect, request, url_for

from callcenter.access.audit import note as audit
from callcenter.access.push_devices import switch_off, switch_on
from callcenter.notify.push.keys import public_key_of
from callcenter.notify.push.subscription import check_subscription
from callcenter.notify.to_consultant import choose_way
from callcenter.office import current_office
from callcenter.web.locale import _
from callcenter.web.mine.device_names import device_name
from callcenter.web.mine.mine import blueprint, own_code
from callcenter.web.page import Page, now, visitor, writing


def push_key() -> str | None:
    """The public key that a browser subscribes with; None when the installation has none."""
    private = current_office().settings.push_private_key
    return public_key_of(private.get_secret_value()) if private is not None else None


@blueprint.post("/mijn/ik/meldingen")
def push_on() -> Page:
    """Switch push messages on for the browser of this request, which has just subscribed."""
    code, who = own_code(), visitor()
    endpoint, p256dh, auth = (request.form.get(field, "") for field in ("endpoint", "p256dh", "auth"))
    check_subscription(endpoint, p256dh, auth)
    name = device_name(request.user_agent.string)
    with writing() as session:
        device = switch_on(session, now(), who.id, name=name, endpoint=endpoint, p256dh=p256dh, auth=auth)
        choose_way(session, code, "push", enabled=True)
        audit(session, now(), who.email, "push_on", f"user:{who.id}", device=device.id)
    flash(_("Push messages come to this browser from now on."))
    return redirect(url_for(".me"), 303)


@blueprint.post("/mijn/ik/meldingen/<id:device_id>")
def push_off(device_id: int) -> Page:
    """Remove one of the own browsers."""
    own_code()
    with writing() as session:
        if switch_off(session, visitor().id, device_id):
            audit(session, now(), visitor().email, "push_off", f"user:{visitor().id}", device=device_id)
    flash(_("That browser gets no push messages any more."))
    return redirect(url_for(".me"), 303)
