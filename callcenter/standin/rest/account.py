"""Credentials: who may use the REST API, by token or API key."""

import base64
import hmac
from dataclasses import dataclass, field


@dataclass(slots=True)
class Account:
    """The account's tokens, and its API keys with their secrets.

    auth_token: the primary token, which also signs webhooks. secondary_token: accepted as well until it is promoted.
    """

    sid: str
    auth_token: str
    keys: dict[str, str] = field(default_factory=dict)
    friendly_name: str = "Stand-in"
    status: str = "active"
    secondary_token: str = ""

    def admits(self, user: str, password: str) -> bool:
        """Whether these credentials are valid: the account's SID with a token, or an API key with its secret."""
        secrets = (self.auth_token, self.secondary_token) if user == self.sid else (self.keys.get(user, ""),)
        return any(secret and hmac.compare_digest(secret.encode(), password.encode()) for secret in secrets)

    def promote(self) -> None:
        """Make the secondary token the primary one; the old one is refused from now on.

        Raises ValueError without a secondary token.
        """
        if not self.secondary_token:
            raise ValueError("there is no secondary token to promote")
        self.auth_token, self.secondary_token = self.secondary_token, ""


def basic_auth(header: str) -> tuple[str, str] | None:
    """User and password of an Authorization header; None when it is not Basic, or not well formed."""
    kind, _, value = header.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(value).decode().partition(":")
    except ValueError:
        return None
    return user, password
