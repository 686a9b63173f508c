"""Gathers what the settings say: the key, the tokens, the public address, the lead's channels, the certificate."""

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from callcenter.doctor import judgement
from callcenter.doctor.findings import Finding, fault, ok
from callcenter.notify.addresses import plugin_of
from callcenter.notify.delivery import NotDelivered, deliver
from callcenter.notify.wording import a_test
from callcenter.settings import Settings

_CONNECT_S = 10.0
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


def values(settings: Settings) -> Iterator[Finding]:
    """The settings that the start accepts and that may still be wrong."""
    yield judgement.secret_key(settings.secret_key.get_secret_value())
    yield judgement.metrics_token(settings.metrics_token is not None)
    yield from judgement.secondary_token(len(settings.auth_tokens) > 1)
    yield judgement.public_address(settings.public_url, is_local=urlsplit(settings.public_url).hostname in _LOCAL)


def certificate(settings: Settings, now: datetime) -> Iterator[Finding]:
    """The certificate of the public address, as a client sees it."""
    address = urlsplit(settings.public_url)
    host, port = address.hostname or "", address.port or 443
    if address.scheme != "https":
        yield ok("certificate", "none is needed: the public address is not https")
        return
    try:
        with (
            socket.create_connection((host, port), timeout=_CONNECT_S) as connection,
            ssl.create_default_context().wrap_socket(connection, server_hostname=host) as secured,
        ):
            shown = secured.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        yield fault("certificate", f"that of {host} is not accepted ({error.verify_message})", "renew it at the proxy")
        return
    except OSError as error:
        yield fault(
            "certificate",
            f"{host} cannot be reached ({type(error).__name__})",
            "is the proxy running, is the name right?",
        )
        return
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)
    yield judgement.certificate(host, ends, now)


def notify(settings: Settings, *, send: bool) -> Iterator[Finding]:
    """The lead's channels. send: send one test message to each."""
    understood = [plugin_of(address) is not None for address in settings.notify_urls]
    if not send:
        yield from judgement.notify_addresses(understood)
        return
    for number, address in enumerate(settings.notify_urls, 1):
        try:
            deliver(address, a_test(settings.locale))
        except NotDelivered as error:
            text = f"address {number}: the test message was {error.taken.in_words} ({error.code})"
            yield fault("notify", text, "correct CALLCENTER_NOTIFY_URLS, or see that service")
        else:
            yield ok("notify", f"address {number} took a test message")
    if not settings.notify_urls:
        yield from judgement.notify_addresses(understood)
