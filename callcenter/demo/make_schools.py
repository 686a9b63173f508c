"""Extracts schools.csv.gz, the schools of one RMC region, from DUO's two full lists.

Run by hand to renew the extract: `python -m callcenter.demo.make_schools PRIMARY SECONDARY`.
"""

import csv
import gzip
import io
import sys
from collections.abc import Sequence
from pathlib import Path

from callcenter.directory.list_file import Row, Table, read_table

REGION = "Zuid-Holland-Zuid"
EXTRACT = Path(__file__).with_name("schools.csv.gz")


def extract(tables: Sequence[Table], region: str) -> bytes:
    """The rows of this RMC region, sorted by code, as one list with the columns of all lists.

    The format is DUO's own: Windows-1252, `;`, CRLF, and a space in an empty cell.
    """
    columns = list(dict.fromkeys(name for table in tables for name in table.header))
    chosen = [row for table in tables for row in table.rows if row.cells["RMC-REGIO NAAM"] == region]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(_cells(row, columns) for row in sorted(chosen, key=lambda row: row.cells["VESTIGINGSCODE"]))
    return text.getvalue().encode("cp1252")


def _cells(row: Row, columns: Sequence[str]) -> list[str]:
    return [row.cells.get(name) or " " for name in columns]


def main(files: Sequence[str]) -> None:
    """Write the extract from the lists in `files`. The same lists give the same bytes."""
    tables = [read_table(file, Path(file).read_bytes()) for file in files]
    EXTRACT.write_bytes(gzip.compress(extract(tables, REGION), mtime=0))


if __name__ == "__main__":
    main(sys.argv[1:])
