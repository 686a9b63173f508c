"""Writes the settings of a new installation into a file that nobody else can read, and overwrites nothing."""

import os
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

from callcenter.errors import CallcenterError

_HEAD = """\
# Settings of this installation, written by `callcenter setup`. Readable by its owner alone, because it holds secrets.
# deploy/callcenter.env.example explains every setting. No quotes around values, and no comments behind them.
"""


def write_env(path: Path, values: Mapping[str, str]) -> None:
    """Write a new file with mode 600. Raises CallcenterError when there is a file of this name already, when it cannot
    be written, and when a value would not be read back as it is."""
    text = _HEAD + "".join(f"{name}={value}\n" for name, value in values.items())
    try:
        # With O_EXCL neither a file nor a link that appeared meanwhile is followed.
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CallcenterError(is_there(path)) from None
    except OSError as error:
        raise CallcenterError(f"{path}: {error.strerror}") from None
    with os.fdopen(file, "w") as opened:
        os.fchmod(file, 0o600)
        opened.write(text)
    wrong = [name for name, value in dotenv_values(path).items() if value != values[name]]
    if wrong:
        path.unlink()
        raise CallcenterError(
            f"{', '.join(wrong)} cannot be written into a file of settings: set it in the environment"
        )


def is_there(path: Path) -> str:
    """What to say when a file of settings exists already."""
    return f"{path} exists already, and nothing is overwritten: change it by hand, or name another file with --file"
