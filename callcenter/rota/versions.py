"""Stores rota files as versions and reads them back. The newest version is active."""

import base64
import hashlib
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, load_only

from callcenter.errors import CallcenterError, NotFound
from callcenter.plaintext import plain
from callcenter.rota.model import Rota
from callcenter.rota.reading.faults import Fault
from callcenter.rota.reading.files import ReadResult, read_files
from callcenter.rota.reading.names import is_part
from callcenter.rota.records import RotaVersion
from callcenter.storage.base import table_of
from callcenter.storage.statements import Prepared
from callcenter.storage.system_facts import read_fact, store_fact

# Built once: every webhook of a call reads which version is active.
_VERSIONS = table_of(RotaVersion).c
NEWEST = select(_VERSIONS.id, _VERSIONS.sha256).order_by(_VERSIONS.id.desc()).limit(1)

# How the remark on a restored version begins; a person types every other remark.
RESTORED = "restored from version "

_ACTIVE = Prepared(NEWEST)
_LAST_LOAD, _STORING = "rota_load_failed", "rota_storing"


class RotaRefused(CallcenterError):
    """The files have errors, so nothing was loaded. faults: all of them, warnings too."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        errors = [found for found in faults if found.severity == "error"]
        super().__init__(f"the rota was refused with {len(errors)} error(s), first {errors[0].report('en')}")
        self.faults = tuple(faults)


class NoRota(CallcenterError):
    """No rota was ever loaded, and what was asked needs one."""


def load(session: Session, files: Mapping[str, bytes], author: str, now: datetime, note: str = "") -> RotaVersion:
    """Store the files as the new active version. The caller commits.

    Raises RotaRefused, with every fault, when a check fails; the previous version then stays active.
    """
    return store(session, files, read_files(files, now), author, now, note)


def store(
    session: Session, files: Mapping[str, bytes], read: ReadResult, author: str, now: datetime, note: str = ""
) -> RotaVersion:
    """Store files that were read as the new active version. A file that belongs to no rota is not stored.

    The caller commits. Raises RotaRefused, and InvalidInput when the note or the name of a file holds a control
    character.
    """
    if read.rota is None:
        raise RotaRefused(read.faults)
    note = plain("note", note, lines=True)
    wait_for_others(session, now)
    stored = _stored({plain("files", name): data for name, data in files.items() if is_part(name)})
    row = RotaVersion(loaded_at=now, author=author[:100], note=note[:200] or None, sha256=_digest(stored), files=stored)
    session.add(row)
    session.flush()
    return row


def wait_for_others(session: Session, now: datetime) -> None:
    """Wait until nobody else is storing a version. The lock lasts until the transaction ends, so that what is in force
    stays so until then."""
    store_fact(session, _STORING, {}, now)


def replace_files(session: Session, number: int, files: Mapping[str, bytes], now: datetime | None = None) -> None:
    """Store a version's files without something that is erased. Author, time and remark stay; the digest follows.

    now: when; None: it does not show as erased, because nothing but a caller's number was. The caller commits.
    """
    stored = _stored(files)
    values: dict[str, Any] = {"files": stored, "sha256": _digest(stored)}
    if now is not None:
        values["erased_at"] = now
    session.execute(update(RotaVersion).where(RotaVersion.id == number).values(**values))


def _stored(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: base64.b64encode(data).decode("ascii") for name, data in sorted(files.items())}


def _digest(stored: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for name, text in stored.items():
        digest.update(f"{name}\0{text}\n".encode())
    return digest.hexdigest()


def versions(session: Session) -> list[RotaVersion]:
    """Every version, newest first. Their files are loaded on access."""
    columns = (
        *(RotaVersion.id, RotaVersion.loaded_at, RotaVersion.author, RotaVersion.note, RotaVersion.sha256),
        RotaVersion.erased_at,
    )
    return list(session.scalars(select(RotaVersion).options(load_only(*columns)).order_by(RotaVersion.id.desc())))


def active(session: Session) -> tuple[int, Rota] | None:
    """The active version's number and rota, or None when none was ever loaded. A cached rota costs one small SELECT."""
    found = _ACTIVE(session.connection(), {})
    if not found:
        return None
    ((number, digest),) = found
    return number, compiled(session, number, digest)


def active_rota(session: Session) -> Rota | None:
    """The active rota without its number, or None when none was ever loaded."""
    found = active(session)
    return found[1] if found is not None else None


def required_active(session: Session) -> tuple[int, Rota]:
    """The active version's number and rota. Raises NoRota when none was ever loaded."""
    found = active(session)
    if found is None:
        raise NoRota("no rota is loaded yet: run `callcenter rota load DIR` or PUT one to /api/v1/rota")
    return found


def required_rota(session: Session) -> Rota:
    """The active rota without its number. Raises NoRota when none was ever loaded."""
    return required_active(session)[1]


def version(session: Session, number: int) -> Rota:
    """The rota of a version. Raises NotFound when there is none of that number."""
    digest = session.scalar(select(RotaVersion.sha256).where(RotaVersion.id == number))
    if digest is None:
        raise NotFound(f"there is no rota version {number}")
    return compiled(session, number, digest)


def restore(session: Session, number: int, author: str, now: datetime) -> RotaVersion:
    """Make an old version's files the active ones again, as a new version. The caller commits.

    What was erased from them, illnesses and remarks of long ago, does not come back.
    Raises NotFound for an unknown number and RotaRefused when the files do not pass today's checks.
    """
    files = files_of(session, number)
    return load(session, files, author, now, note=f"{RESTORED}{number}")


def is_erased(session: Session, number: int) -> bool:
    """Whether something was erased from the files of a version since it was loaded."""
    return session.scalar(select(RotaVersion.erased_at).where(RotaVersion.id == number)) is not None


def files_of(session: Session, number: int) -> dict[str, bytes]:
    """The files of a version as they are stored. Raises NotFound."""
    stored = session.scalar(select(RotaVersion.files).where(RotaVersion.id == number))
    if stored is None:
        raise NotFound(f"there is no rota version {number}")
    return {name: base64.b64decode(text) for name, text in stored.items()}


def replaced_since(session: Session, since: datetime) -> list[tuple[datetime, Rota]]:
    """The versions replaced at or after an instant, oldest first, each with the instant of its replacement."""
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


def in_force(session: Session) -> Callable[[datetime], Rota | None]:
    """A function that returns the rota that was in force at an instant: the newest one loaded until then.

    Before the first one was loaded, that one holds. None: none was ever loaded. The versions are read once.
    """
    rows = session.execute(
        select(RotaVersion.id, RotaVersion.loaded_at, RotaVersion.sha256).order_by(
            RotaVersion.loaded_at, RotaVersion.id
        )
    ).all()
    starts = [row.loaded_at for row in rows]

    def at(instant: datetime) -> Rota | None:
        if not rows:
            return None
        row = rows[max(bisect_right(starts, instant) - 1, 0)]
        return compiled(session, row.id, row.sha256)

    return at


def note_load_attempt(session: Session, now: datetime, *, failed: bool) -> None:
    """Store how the last attempt to load a rota went. The caller commits.

    After RotaRefused this needs a transaction of its own, because the one that was to load the rota is rolled back.
    """
    store_fact(session, _LAST_LOAD, {"failed": failed}, now)


def last_load_failed(session: Session) -> bool:
    """Whether the last attempt to load a rota was refused, so that an older version is still active."""
    fact = read_fact(session, _LAST_LOAD)
    return fact is not None and bool(fact.value.get("failed"))


_cache: dict[str, Rota] = {}
_CACHE_SIZE = 8


def compiled(session: Session, number: int, digest: str) -> Rota:
    """The rota of a version, cached by the digest of its files. Reads the files only when they are not cached.

    Raises CallcenterError when stored files do not pass the checks of this release.
    """
    rota = _cache.get(digest)
    if rota is None:
        result = read_files(files_of(session, number), warnings=False, strict=False)
        if result.rota is None:
            raise CallcenterError(f"rota version {number} cannot be read any more: {result.errors[0].report('en')}")
        if len(_cache) >= _CACHE_SIZE:
            _cache.clear()
        rota = _cache[digest] = result.rota
    return rota
