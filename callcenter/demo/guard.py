"""Refuses to start the demo where credentials of a real Twilio account are set."""

from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

from callcenter.errors import CallcenterError
from callcenter.stated_settings import is_blank

_CREDENTIALS = frozenset(
    {
        "TWILIO_ACCOUNT_SID",
        "TWILIO_AUTH_TOKEN",
        "TWILIO_AUTH_TOKEN_SECONDARY",
        "TWILIO_API_KEY",
        "TWILIO_API_SECRET",
    }
)


class RealCredentials(CallcenterError):
    """Twilio credentials are set. The demo does not start, although it would not use them."""


def refuse_credentials(environment: Mapping[str, str], env_file: Path) -> None:
    """Raise RealCredentials when the environment or the `.env` file sets a Twilio credential. Blank ones do not count.

    The demo reads its settings from neither, so this is a second safeguard.
    """
    stored = dotenv_values(env_file) if env_file.is_file() else {}
    for where, values in (("the environment", environment), (str(env_file), stored)):
        stated = {name for name, value in values.items() if value is not None and not is_blank(value)}
        found = sorted(name for name in stated if name.upper() in _CREDENTIALS)
        if found:
            raise RealCredentials(
                f"the demo does not start beside real Twilio credentials: {found[0]} is set in {where}; "
                "unset it, or start the demo elsewhere"
            )
