"""The page of one week's rota, and of why somebody is on duty or not."""

from datetime import timedelta
from typing import Any

from flask import render_template, request
from sqlalchemy import Row, select

from callcenter.errors import InvalidInput
from callcenter.rota.explain import explain
from callcenter.rota.records import RotaVersion
from callcenter.web import formats
from callcenter.web.active_rota import active, people, rota
from callcenter.web.formats import local_moment
from callcenter.web.locale import current
from callcenter.web.page import Page, now, pages, read, visitor
from callcenter.web.rota.week_table import days_of, monday_of, rows_of, week_name

blueprint = pages("rota")


@blueprint.get("/rooster")
def rota_week() -> Page:
    """One week: the current one, unless the query names another."""
    found = active()
    if found is None:
        return render_template("rota.html", days=None)
    number, planned = found
    today = formats.local(now()).date()
    monday = monday_of(request.args.get("week"), today)
    days = days_of(planned, monday)
    return render_template(
        "rota.html",
        days=days,
        rows=rows_of(planned, days),
        monday=monday,
        today=today,
        week=week_name(monday),
        before=week_name(monday - timedelta(days=7)),
        after=week_name(monday + timedelta(days=7)),
        version=_version_summary(number),
        consultants=people(now()),
        why=_why(),
    )


def _why() -> list[tuple[str, str]]:
    """The rows of the rota that explain one person's duty at one moment, as (place, text). For leads only."""
    code, planned = request.args.get("who"), rota()
    if not code or planned is None or not visitor().leads:
        return []
    try:
        at = local_moment(request.args.get("at", ""), "at") or now()
    except InvalidInput:
        at = now()
    return [
        (f"{reason.file}:{reason.line}" if reason.file else "", reason.text_nl if current() == "nl" else reason.text_en)
        for reason in explain(planned, code, at)
    ]


def _version_summary(number: int) -> Row[*tuple[Any, ...]] | None:
    """The id, loaded_at, author and note of one version."""
    return (
        read()
        .execute(
            select(RotaVersion.id, RotaVersion.loaded_at, RotaVersion.author, RotaVersion.note).where(
                RotaVersion.id == number
            )
        )
        .first()
    )
