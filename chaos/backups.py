"""A backup that is taken while faults strike, and restored at the end into a database of its own."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from callcenter.clock import stopwatch

# The database may be away when it is taken: then an operator's timer tries again.
_AGAIN_AFTER_S, _TRIED_FOR_S = 5.0, 180.0


class Backup:
    """Takes one backup in `after_s` seconds, by the command, and again until one succeeds."""

    def __init__(self, after_s: float, file: Path, environment: Mapping[str, str]) -> None:
        self._file, self._environment = file, environment
        self._stopped = threading.Event()
        self._error = "no backup was taken"
        self._thread = threading.Thread(target=self._take, args=(after_s,), name="backup", daemon=True)
        self._thread.start()

    def _take(self, after_s: float) -> None:
        began = stopwatch()
        self._stopped.wait(after_s)
        while self._error and stopwatch() - began < after_s + _TRIED_FOR_S:
            self._error = run_command(self._environment, "backup", str(self._file), "--force")
            if self._error:
                self._stopped.wait(_AGAIN_AFTER_S)

    def breaches(self, database_url: str) -> Iterator[str]:
        """Restore it into this empty database. The command compares the figures; a difference is a breach."""
        self._stopped.set()
        self._thread.join()
        environment = {**self._environment, "CALLCENTER_DATABASE_URL": database_url}
        error = self._error or run_command(environment, "restore", str(self._file))
        if error:
            yield f"the backup that was taken meanwhile: {error}"


def run_command(environment: Mapping[str, str], *arguments: str) -> str:
    """Run a command of the product. Returns its error, empty when there was none."""
    start = "from callcenter.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", start, *arguments],
        env={**os.environ, **environment},
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
    )
    return "" if done.returncode == 0 else done.stderr.strip()[-300:] or f"exit status {done.returncode}"
