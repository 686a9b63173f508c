"""The consultant's pages beside the callbacks: the own shifts (Diensten), and the own settings (Ik)."""

from flask import render_template

from callcenter.access.calendar_addresses import address_created_at
from callcenter.access.push_devices import devices_of
from callcenter.lines.register import lines_in_use
from callcenter.notify.channels import wanted
from callcenter.notify.to_consultant import chosen_ways
from callcenter.office import current_office
from callcenter.web.active_rota import rota
from callcenter.web.mine.mine import blueprint, own_code
from callcenter.web.mine.push import push_key
from callcenter.web.mine.shifts import own_shifts
from callcenter.web.page import Page, now, read, visitor


@blueprint.get("/mijn/diensten")
def shifts() -> Page:
    """The own shifts, and the address by which a calendar subscribes to them."""
    code = own_code()
    return render_template(
        "mine_shifts.html",
        shifts=own_shifts(rota(), code, now()),
        calendar_at=address_created_at(read(), code),
    )


@blueprint.get("/mijn/ik")
def me() -> Page:
    """The own settings: messages, language, log-in, and how the own mobile is forwarded."""
    code = own_code()
    return render_template(
        "mine_me.html",
        code=code,
        notices=wanted(read(), code),
        ways=chosen_ways(read(), code),
        mail_works=current_office().settings.mail_url is not None and bool(own_address(code)),
        push_key=push_key(),
        devices=devices_of(read(), visitor().id),
        lines=lines_in_use(read()),
    )


def own_address(code: str) -> str:
    """The consultant's e-mail address in the rota; empty when it has none."""
    active = rota()
    person = active.consultants.get(code) if active is not None else None
    return person.email if person is not None else ""
