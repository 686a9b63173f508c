"""Which rota is active, and which one decided back then? Loaded files, never changed afterwards."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, load_only

from callcenter.errors import CallcenterError, NotFound
from callcenter.rota.changes import diff
from callcenter.rota.model import Rota
from callcenter.rota.reading.faults import Fault
from callcenter.rota.reading.files import read_files
from callcenter.rota.records import RotaVersion
from callcenter.storage.base import table_of
from callcenter.storage.prepared import Prepared

__all__ = [
    "NEWEST",
    "RotaRefused",
    "active",
    "compiled",
    "diff",
    "files_of",
    "load",
    "replaced_since",
    "restore",
    "version",
    "versions",
]

# Built once: every step of every call asks which version is active.
_VERSIONS = table_of(RotaVersion).c
NEWEST = select(_VERSIONS.id, _VERSIONS.sha256).order_by(_VERSIONS.id.desc()).limit(1)

_ACTIVE = Prepared(NEWEST)


class RotaRefused(CallcenterError):
    """The files hold errors, so nothing was loaded; `faults` has all of them, warnings too."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        errors = [found for found in faults if found.severity == "error"]
        super().__init__(f"the rota was refused with {len(errors)} error(s), first {errors[0].report('en')}")
        self.faults = tuple(faults)


def load(session: Session, files: Mapping[str, bytes], author: str, now: datetime, note: str = "") -> RotaVersion:
    """Store the files as the new active version. The caller commits.

    Raises RotaRefused, with every fault, when a check fails; the last version then stays active.
    """
    result = read_files(files, now)
    if result.rota is None:
        raise RotaRefused(result.faults)
    stored = {name: base64.b64encode(data).decode("ascii") for name, data in sorted(files.items())}
    return _add(session, stored, author, now, note)


def _add(session: Session, stored: Mapping[str, str], author: str, now: datetime, note: str) -> RotaVersion:
    digest = hashlib.sha256()
    for name, text in sorted(stored.items()):
        digest.update(f"{name}\0{text}\n".encode())
    row = RotaVersion(
        loaded_at=now, author=author[:100], note=note[:200] or None, sha256=digest.hexdigest(), files=dict(stored)
    )
    session.add(row)
    session.flush()
    return row


def versions(session: Session) -> list[RotaVersion]:
    """Every version, newest first, without the files (those are read when asked for)."""
    columns = (RotaVersion.id, RotaVersion.loaded_at, RotaVersion.author, RotaVersion.note, RotaVersion.sha256)
    return list(session.scalars(select(RotaVersion).options(load_only(*columns)).order_by(RotaVersion.id.desc())))


def active(session: Session) -> tuple[int, Rota] | None:
    """The active version's number and rota, or None when none was ever loaded. One light SELECT when warm."""
    found = _ACTIVE(session.connection(), {})
    if not found:
        return None
    ((number, digest),) = found
    return number, compiled(session, number, digest)


def version(session: Session, number: int) -> Rota:
    """The rota of a version. Raises NotFound when there is none of that number."""
    digest = session.scalar(select(RotaVersion.sha256).where(RotaVersion.id == number))
    if digest is None:
        raise NotFound(f"there is no rota version {number}")
    return compiled(session, number, digest)


def restore(session: Session, number: int, author: str, now: datetime) -> RotaVersion:
    """Make an old version's files the active ones again, as a new version. The caller commits.

    Raises NotFound for an unknown number and RotaRefused when the files do not pass today's checks.
    """
    files = files_of(session, number)
    return load(session, files, author, now, note=f"restored from version {number}")


def files_of(session: Session, number: int) -> dict[str, bytes]:
    """The files of a version as they were loaded. Raises NotFound."""
    stored = session.scalar(select(RotaVersion.files).where(RotaVersion.id == number))
    if stored is None:
        raise NotFound(f"there is no rota version {number}")
    return {name: base64.b64decode(text) for name, text in stored.items()}


def replaced_since(session: Session, since: datetime) -> list[tuple[datetime, Rota]]:
    """The versions that stopped being active after an instant, oldest first, each with the instant it was replaced."""
    rows = session.execute(
        select(RotaVersion.id, RotaVersion.loaded_at, RotaVersion.sha256).order_by(RotaVersion.id.desc())
    )
    found: list[tuple[datetime, Rota]] = []
    replaced_at: datetime | None = None
    for row in rows:
        if replaced_at is not None:
            if replaced_at < since:
                break
            found.append((replaced_at, compiled(session, row.id, row.sha256)))
        replaced_at = row.loaded_at
    return found[::-1]


_cache: dict[str, Rota] = {}
_KEEP = 8


def compiled(session: Session, number: int, digest: str) -> Rota:
    """The rota of a version whose digest is known, kept by its content: it is the same in every database and process.
    Reads the files only the first time."""
    rota = _cache.get(digest)
    if rota is None:
        result = read_files(files_of(session, number), warnings=False)
        if result.rota is None:
            raise CallcenterError(f"rota version {number} cannot be read any more: {result.errors[0].report('en')}")
        if len(_cache) >= _KEEP:
            _cache.clear()
        rota = _cache[digest] = result.rota
    return rota
