"""Which addresses of the team lead's channels Apprise understands, without a word of them in the log."""

from collections.abc import Sequence
from typing import Any

from pydantic import SecretStr

from callcenter.errors import SettingsError
from callcenter.notify.apprise_log import silent_apprise

SETTING = "CALLCENTER_NOTIFY_URLS"
MAIL_SETTING = "CALLCENTER_MAIL_URL"
# Seconds to wait for a connection, and for each answer over HTTP. Apprise's own are 4 s, and a channel that takes a
# message and answers later than that has the message.
CONNECT_S, READ_S = 10.0, 60.0
# Seconds to wait for each answer of a mail server, of which a mail takes up to a dozen.
MAIL_STEP_S = 45.0


def plugin_of(address: SecretStr) -> Any | None:
    """Apprise's plugin for an address, with generous timeouts; None when Apprise does not understand the address."""
    text = address.get_secret_value()
    plugin = silent_apprise().instantiate(text)
    if plugin is None:
        return None
    by_mail = text.lower().startswith("mailto")
    plugin.socket_connect_timeout = max(MAIL_STEP_S if by_mail else CONNECT_S, plugin.socket_connect_timeout)
    plugin.socket_read_timeout = max(READ_S, plugin.socket_read_timeout)
    return plugin


def check(addresses: Sequence[SecretStr]) -> None:
    """Raise SettingsError, which names the number of the first address that Apprise does not understand.

    Equal addresses count as one. The error has nothing of the address, which mostly holds a password.
    """
    for number, address in enumerate(addresses, 1):
        if plugin_of(address) is None:
            raise SettingsError(f"{SETTING}: address {number} is not understood")


def check_mail(address: SecretStr | None) -> None:
    """Raise SettingsError when Apprise does not understand the mail server of CALLCENTER_MAIL_URL."""
    if address is not None and plugin_of(address) is None:
        raise SettingsError(f"{MAIL_SETTING} is not understood")
