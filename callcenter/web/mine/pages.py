"""The consultant's pages beside the callbacks: the own shifts (Diensten), and the own settings (Ik)."""

from flask import render_template

from callcenter.access.calendar_addresses import address_created_at
from callcenter.lines.register import all_lines
from callcenter.notify.channels import wanted
from callcenter.web.active_rota import rota
from callcenter.web.mine.mine import blueprint, own_code
from callcenter.web.mine.shifts import own_shifts
from callcenter.web.page import Page, now, read


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
        lines=all_lines(read()),
    )
