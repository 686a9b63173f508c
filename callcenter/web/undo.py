"""Says what a deed did, offers to take it back, and takes it back."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from flask import flash, request
from sqlalchemy.orm import Session

from callcenter.access import undo_offers
from callcenter.access.audit import note as audit
from callcenter.access.undo_offers import Part, UndoRefused
from callcenter.callbacks import undo as of_callbacks
from callcenter.callbacks.changes import ChangedMeanwhile
from callcenter.callbacks.naming import unname_callers
from callcenter.directory import undo as of_schools
from callcenter.errors import CallcenterError, IllegalTransition, NotFound
from callcenter.lines import undo as of_blocks
from callcenter.presence import undo as of_presence
from callcenter.rota import undo as of_rotas
from callcenter.rota.versions import RotaRefused
from callcenter.web.home import home
from callcenter.web.locale import _, plural
from callcenter.web.page import Page, back, now, pages, visitor, writing

blueprint = pages("undo")


def offered(session: Session, kind: str, *parts: Part | None) -> str | None:
    """The secret of an undo of what this transaction does; None when nothing changed. kind: one of _TAKE_BACK."""
    changed = [part for part in parts if part is not None]
    return undo_offers.offer(session, visitor().id, kind, changed, now()) if changed else None


def done(sentence: str, secret: str | None) -> None:
    """Say on the next page what a deed did, with its undo."""
    note: Any = {"text": sentence, "undo": secret} if secret else sentence
    flash(note)


@blueprint.post("/ongedaan")
def undo() -> Page:
    """Take a deed back. What somebody changed meanwhile stays as it is, and the page says so."""
    back_done, left = 0, 0
    try:
        with writing() as session:
            kind, parts = undo_offers.take(session, visitor().id, request.form.get("undo", ""), now())
            if len(parts) == 1:
                _take_back(session, kind, parts[0])
                back_done = 1
        for part in parts if len(parts) > 1 else ():
            # One transaction each, as when the deed was done.
            try:
                with writing() as session:
                    _take_back(session, kind, part)
                back_done += 1
            except CallcenterError:
                left += 1
    except UndoRefused as refused:
        flash(_sentence(refused), "bad")
    except RotaRefused:
        flash(_("This version does not pass the checks of today."), "bad")
    except (ChangedMeanwhile, IllegalTransition, NotFound):
        left = 1
    if back_done:
        flash(plural("Undone: it is as it was.", "Undone: %(num)s are as they were.", back_done))
    if left:
        flash(_("Not undone: somebody has changed this meanwhile. Look how it is now."), "bad")
    return back(home())


def _sentence(refused: UndoRefused) -> str:
    if refused.reason == "used":
        return _("This has been undone already.")
    return _("Too late to undo: that works for half a minute. Change it by hand if it must be otherwise.")


def _take_back(session: Session, kind: str, part: Part) -> None:
    _TAKE_BACK[kind](session, part)


def _callback(session: Session, part: Part) -> None:
    of_callbacks.take_back(session, part, visitor().email, now())


def _presence(session: Session, part: Part) -> None:
    of_presence.take_back(session, part["code"], part["before"], part["after"])
    _audited(session, "presence_undone", f"consultant:{part['code']}")


def _block(session: Session, part: Part) -> None:
    of_blocks.take_back(session, part["number"], part["before"], part["after"])
    _audited(session, "block_undone", "blocked")


def _number(session: Session, part: Part) -> None:
    of_schools.take_back(session, part)
    unname_callers(session, part.get("named", ()))
    _audited(session, "number_untaught", f"school:{part['school']}")


def _rota(session: Session, part: Part) -> None:
    made = of_rotas.take_back(session, part["before"], part["after"], visitor().email, now())
    _audited(session, "rota_undone", f"rota:{made.id}", of=part["before"])


def _audited(session: Session, action: str, subject: str, **detail: Any) -> None:
    audit(session, now(), visitor().email, action, subject, **detail)


_TAKE_BACK: Mapping[str, Callable[[Session, Part], None]] = MappingProxyType(
    {"callback": _callback, "presence": _presence, "block": _block, "number": _number, "rota": _rota}
)
