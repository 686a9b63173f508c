"""Decides which values can be secrets: long ones that nobody else knows."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

# A shorter secret can be guessed. Twilio's auth token has 32 characters.
SECRET_MIN = 16
# How texts begin that stand where a secret belongs: `<your auth token>`, a command that no shell has run.
_OF_EXAMPLES = ("<", "$(", "${", "`", "python3 -c ")


def is_made_up(secret: str) -> bool:
    """Whether a secret is what an example says in its place, which others know too, or has a comment behind it.

    >>> is_made_up("$(openssl rand -hex 32)"), is_made_up("<your auth token>")
    (True, True)
    """
    return secret.startswith(_OF_EXAMPLES) or " #" in secret


def _not_made_up(secret: SecretStr) -> SecretStr:
    if is_made_up(secret.get_secret_value()):
        raise ValueError("is a placeholder or a command, or has a comment behind it: write the secret alone")
    return secret


Secret = Annotated[SecretStr, Field(min_length=SECRET_MIN), AfterValidator(_not_made_up)]
