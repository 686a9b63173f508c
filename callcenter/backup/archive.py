"""The file of a backup: a zip with the copy of the database and a manifest that says what it is.

The zip's checksums show damage. The file appears under its name complete or not at all, readable by its owner alone.
"""

import fcntl
import json
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from callcenter.backup.figures import Figures, from_json
from callcenter.errors import CallcenterError

MANIFEST = "manifest.json"
FORMAT = 1
_PREFIX = ".callcenter-"
# The name of the copy in the zip, by kind of database.
COPY_OF = {"sqlite": "callcenter.db", "postgresql": "callcenter.dump"}


class BackupError(CallcenterError):
    """A backup cannot be made or restored. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup is.

    kind: `sqlite` or `postgresql`; revision: of its schema; version: of the program that made it; made_at: UTC.
    """

    kind: str
    revision: str
    version: str
    made_at: datetime
    figures: Figures

    def as_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "format": FORMAT,
            "kind": self.kind,
            "revision": self.revision,
            "version": self.version,
            "made_at": self.made_at.isoformat(),
            "figures": self.figures.as_json(),
        }


@contextmanager
def folder_beside(path: Path) -> Iterator[Path]:
    """A new folder on the same disk, that only the owner can enter. It is removed at the end with all that is in it.

    One that a command left which was killed is removed too: it holds a copy of the database.

    Raises BackupError when the folder of `path` is not there or cannot be written.
    """
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=_PREFIX) as folder:
            held = os.open(folder, os.O_RDONLY)
            try:
                with suppress(OSError):  # some network disks know no locks: there nothing is removed
                    fcntl.flock(held, fcntl.LOCK_EX)
                    _remove_left_over(path.parent)
                yield Path(folder)
            finally:
                os.close(held)
    except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
        if error.filename is None or Path(error.filename).parent != path.parent:
            raise
        raise BackupError(f"{path.parent}: cannot be written ({error.strerror}): choose another place") from None


def _remove_left_over(place: Path) -> None:
    """Remove the folders of commands that no longer run: a running one holds a lock on its own."""
    for folder in place.glob(f"{_PREFIX}*"):
        try:
            found = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:
            continue  # gone meanwhile, or of another user
        try:
            # A new one is not locked yet: it is empty, and its command would fail without it.
            if any(folder.iterdir()):
                fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            pass
        finally:
            os.close(found)


def write(path: Path, copy: Path, manifest: Manifest, *, replace: bool) -> None:
    """Write a backup from the copy of a database, and read it back. copy: in a folder on the disk of `path`.

    Raises BackupError when there is a file at `path`, unless replace.
    """
    new = copy.parent / "backup"
    descriptor = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w+b") as file:
        # A dump of PostgreSQL is compressed already.
        how = zipfile.ZIP_STORED if manifest.kind == "postgresql" else zipfile.ZIP_DEFLATED
        with zipfile.ZipFile(file, "w", how, compresslevel=1) as archive:
            archive.write(copy, COPY_OF[manifest.kind])
            archive.writestr(MANIFEST, json.dumps(manifest.as_json(), indent=1))
        file.flush()
        os.fsync(file.fileno())
    copy.unlink()
    if verify(new) != manifest:
        raise BackupError(f"{path}: what was written is not what is read back: check the disk")
    if replace:
        new.replace(path)
    else:
        try:
            path.hardlink_to(new)  # unlike a rename it fails when there is a file
        except FileExistsError:
            raise BackupError(f"{path} exists: choose another name, or pass --force to replace it") from None
        except OSError:  # some disks, of memory sticks and in the network, know no second name
            new.rename(path)
    _keep(path.parent)


def verify(path: Path) -> Manifest:
    """Check that a backup is whole. Returns its manifest. Raises BackupError."""
    with _opened(path) as archive:
        manifest = _manifest(archive, path)
        damaged = archive.testzip()
        if damaged is not None or COPY_OF[manifest.kind] not in archive.namelist():
            raise BackupError(f"{path} is damaged: use another backup")
        return manifest


def extract(path: Path, manifest: Manifest, to: Path) -> None:
    """Write the copy of the database in a backup to a new file. Raises BackupError when it is damaged."""
    descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with _opened(path) as archive, os.fdopen(descriptor, "wb") as file, archive.open(COPY_OF[manifest.kind]) as copy:
        while block := copy.read(1 << 20):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except FileNotFoundError:
        raise BackupError(f"there is no file {path}") from None
    except (zipfile.BadZipFile, EOFError, zlib.error, RuntimeError) as error:
        # RuntimeError: encrypted, or compressed in a way that Python does not know (NotImplementedError).
        raise BackupError(f"{path} is no backup of `callcenter backup`, or it is damaged ({error})") from None


def _manifest(archive: zipfile.ZipFile, path: Path) -> Manifest:
    try:
        value = json.loads(archive.read(MANIFEST))
        if value["format"] != FORMAT:
            raise BackupError(f"{path} is of a newer release: install the release that made it")
        kind = value["kind"]
        if kind not in COPY_OF:
            raise ValueError("of an unknown kind of database")
        return Manifest(
            kind,
            str(value["revision"]),
            str(value["version"]),
            _instant(value["made_at"]),
            from_json(value["figures"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise BackupError(f"{path} is no backup of `callcenter backup`") from None


def _instant(text: str) -> datetime:
    """An instant with its zone. Raises ValueError."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("without a zone")
    return at


def _keep(folder: Path) -> None:
    """Write the folder's entries to the disk, so that a power cut does not lose the new name."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
