"""A machine whose clock can be set while programs run: libfaketime, for the programs that a test starts."""

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from tests.support.missing import missing

_LIBRARIES = "*/faketime/libfaketimeMT.so.1"
# Python sleeps until an instant of the monotonic counter, and libfaketime 0.9.10 takes that for one of the clock.
_SITE = """
import select
import time

time.sleep = lambda seconds: select.select((), (), (), seconds) and None
"""


class WrongClock:
    """The clock of programs with this environment. Monotonic counters and time stamps of files are left alone."""

    def __init__(self, folder: Path, ahead: timedelta) -> None:
        library = next(Path("/usr/lib").glob(_LIBRARIES), None) or missing("libfaketime")
        self._file = folder / "clock"
        site = folder / "site"
        site.mkdir()
        (site / "sitecustomize.py").write_text(_SITE)
        self.environment: Mapping[str, str] = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
            "PYTHONPATH": os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH")])),
        }
        self.is_ahead(ahead)

    def is_ahead(self, by: timedelta) -> None:
        """Set the clock, ahead of the true time by this much. Programs see it at once."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{by.total_seconds():+.0f}\n")
        os.replace(new, self._file)
