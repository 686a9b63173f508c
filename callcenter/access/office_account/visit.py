"""What a visit to the provider needs, and why one failed.

This is apart from the provider, so that installations without one load no Authlib.
"""

from dataclasses import dataclass


class ProviderFailed(Exception):
    """The provider did not let somebody in, or we do not believe its answer.

    reason: one word for the audit log: `unreachable`, `code_refused`, `no_token`, `bad_token`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Started:
    """A visit that begins. url: where the browser goes; the others are needed when it comes back."""

    url: str
    state: str
    nonce: str
    verifier: str
