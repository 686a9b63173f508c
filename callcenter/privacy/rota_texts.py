"""Redacts a caller's number in the files of a rota, where somebody typed it beside a shift or an absence."""

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

from callcenter.officecsv import UnreadableCsv, decode, encode_like
from callcenter.rota.reading.columns import Row
from callcenter.rota.reading.files import COLUMNS, read_files
from callcenter.rota.reading.names import kind_of
from callcenter.rota.reading.rewrite import rewrite

# A mobile is needed to ring the consultant; `forget` says in which versions it is the number.
_NEEDED = frozenset({"mobile"})


def redacted_files(files: Mapping[str, bytes], redacted: Callable[[str], str]) -> dict[str, bytes]:
    """The files with `redacted` applied to every cell but a consultant's mobile, and to the policy's text.

    The same files when the result would be no rota any more.
    """
    try:
        new = {name: _redact(name, data, redacted) for name, data in files.items()}
    except UnreadableCsv:
        return dict(files)
    if new == files or read_files(new, warnings=False, strict=False).rota is None:
        return dict(files)
    return new


def _redact(name: str, data: bytes, redacted: Callable[[str], str]) -> bytes:
    kind = kind_of(PurePosixPath(name).name.lower())
    if kind is not None and kind in COLUMNS:
        return rewrite(name, data, COLUMNS[kind], lambda row: _cells(row, redacted))
    text = decode(data)
    new = redacted(text)
    return data if new == text else encode_like(new, data)


def _cells(row: Row, redacted: Callable[[str], str]) -> Mapping[str, str]:
    return {name: redacted(cell) for name, cell in row.cells.items() if name not in _NEEDED}
