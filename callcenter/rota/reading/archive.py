"""Unpacks a zip of rota files. It comes from outside, so its size and content are limited."""

import io
import zipfile
import zlib
from pathlib import PurePosixPath

from callcenter.errors import InvalidInput

_MOST_FILES = 20
# An office's rota is some tens of kilobytes. A few megabytes leave room, and stop a zip bomb.
_MOST_BYTES = 4 * 1024 * 1024


def unpack(archive: bytes) -> dict[str, bytes]:
    """The .csv and .toml files of a zip by file name, from any folder in it.

    Raises InvalidInput naming `body` when it is no zip, is damaged or encrypted, or holds too much.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            entries = [entry for entry in opened.infolist() if _is_rota_file(entry)]
            if len(entries) > _MOST_FILES or sum(entry.file_size for entry in entries) > _MOST_BYTES:
                raise InvalidInput("body", "the zip holds more than a rota's files")
            files = {PurePosixPath(entry.filename).name: _read(opened, entry) for entry in entries}
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, ValueError, OSError):
        raise InvalidInput("body", "this is not a zip that can be read") from None
    if len(files) < len(entries):
        raise InvalidInput("body", "the zip holds two files of one name")
    return files


def _is_rota_file(entry: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(entry.filename)
    hidden = path.name.startswith((".", "~")) or "__MACOSX" in path.parts
    return not entry.is_dir() and not hidden and path.suffix.lower() in (".csv", ".toml")


def _read(opened: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with opened.open(entry) as file:
        # The size in the zip's directory may be false.
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise InvalidInput("body", "the zip holds more than a rota's files")
    return content
