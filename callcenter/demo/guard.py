"""May the demo start here? Never beside the credentials of a real Twilio account."""

from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

from callcenter.errors import CallcenterError

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
    """Credentials of Twilio are at hand; the demo does not start, though it would not use them."""


def refuse_credentials(environment: Mapping[str, str], env_file: Path) -> None:
    """Raises RealCredentials when the environment or the `.env` file sets any credential of Twilio's.

    The demo reads neither for its settings; this is the second lock on the same door. An empty value is none.
    """
    stored = dotenv_values(env_file) if env_file.is_file() else {}
    for where, values in (("the environment", environment), (str(env_file), stored)):
        found = sorted(name for name, value in values.items() if value and name.upper() in _CREDENTIALS)
        if found:
            raise RealCredentials(
                f"the demo does not start beside real Twilio credentials: {found[0]} is set in {where}; "
                "unset it, or start the demo elsewhere"
            )
