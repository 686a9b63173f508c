"""The active rota as one request reads it, and the names of its people."""

from datetime import datetime
from typing import cast

from flask import g

from callcenter.rota import versions
from callcenter.rota.model import Policy, Rota
from callcenter.web.errors import NoRotaYet
from callcenter.web.page import read


def active() -> tuple[int, Rota] | None:
    """The active version's number and rota, or None before the first one is loaded. It is read once per request."""
    if "page_rota" not in g:
        g.page_rota = versions.active(read())
    return cast("tuple[int, Rota] | None", g.page_rota)


def rota() -> Rota | None:
    """The active rota without its number, or None before the first one is loaded."""
    found = active()
    return found[1] if found is not None else None


def required_rota() -> Rota:
    """The active rota. Raises NoRotaYet before the first one is loaded."""
    found = rota()
    if found is None:
        raise NoRotaYet("no rota is loaded yet")
    return found


def rota_of(version: int | None) -> Rota | None:
    """The rota of a version, such as the one that decided a past call; the active rota when the version is None."""
    return versions.version(read(), version) if version is not None else rota()


def policy() -> Policy:
    """The active policy, or the defaults before a rota is loaded."""
    found = rota()
    return found.policy if found is not None else Policy()


def name_of(code: str | None) -> str:
    """A consultant's name; the code when the active rota does not have it; a dash for None."""
    if code is None:
        return "–"
    found = rota()
    person = found.consultants.get(code) if found is not None else None
    return person.name if person is not None else code


def people(at: datetime) -> list[tuple[str, str]]:
    """Code and name of everyone who is employed on the local day of an instant, sorted by name."""
    found = rota()
    if found is None:
        return []
    day = at.astimezone(found.zone).date()
    return sorted(
        ((person.code, person.name) for person in found.consultants.values() if person.active_between(day, day)),
        key=lambda pair: pair[1].casefold(),
    )
