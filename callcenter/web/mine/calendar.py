"""The calendar feed of one consultant: shifts and callbacks, behind a secret address."""

from collections.abc import Iterator
from datetime import timedelta

from flask import Response, abort, url_for

from callcenter.access.calendar_addresses import consultant_of
from callcenter.callbacks.queries import for_owner
from callcenter.office import current_office
from callcenter.rota import versions
from callcenter.rota.show.ics import KEEP_CANCELLED, Appointment
from callcenter.rota.show.ics import feed as write_feed
from callcenter.web.active_rota import required_rota
from callcenter.web.locale import _, current
from callcenter.web.page import Page, now, pages, read

# The period of the feed: the past month to look back on, and half a year ahead, as far as a consultant plans.
BEFORE, AHEAD = timedelta(days=30), timedelta(days=183)
# A callback is shown as the quarter of an hour before it is due.
ROOM = timedelta(minutes=15)

blueprint = pages("calendar", public=("feed",))


@blueprint.get("/calendar/<secret>.ics")
def feed(secret: str) -> Page:
    """The feed. The secret in the address replaces a login, since calendar programs do not log in."""
    code = consultant_of(read(), secret)
    if code is None:
        abort(404)
    text = write_feed(
        required_rota(),
        code,
        now() - BEFORE,
        now() + AHEAD,
        now(),
        _appointments(code),
        replaced=versions.replaced_since(read(), now() - KEEP_CANCELLED),
        language=current(),
    )
    return Response(text, content_type="text/calendar; charset=utf-8")


def _appointments(code: str) -> Iterator[Appointment]:
    """The consultant's open callbacks as appointments, without a name or number."""
    site = current_office().settings.public_url
    for callback in for_owner(read(), code):
        start = callback.appointment_at or callback.due_at - ROOM
        yield Appointment(
            key=f"callback-{callback.id}",
            start=start,
            end=start + ROOM,
            summary=_("Callback appointment") if callback.appointment_at else _("Callback due"),
            url=site + url_for("mine.one", callback_id=callback.id),
        )
