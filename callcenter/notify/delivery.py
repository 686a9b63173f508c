"""Sends one message to one of the team lead's channels, and tells after a failure whether the channel took it.

**What.** Apprise only returns False. Its plugins log the error they caught, or the status that a server answered.
These records are read where they are logged, with the exception that is being handled there.

**Leans on** Apprise's custom to log inside the `except` clause, to end the line of a refused HTTP request with
`error=<status>`, and to begin the line of a sent message with "Sent"; and on the name of `smtplib.SMTP.data`, which
sends the message itself. Where a plugin does otherwise, nothing is known, and the message counts as perhaps taken.
"""

import logging
import re
import smtplib
import socket
import ssl
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr
from requests.exceptions import InvalidHeader, InvalidSchema, InvalidURL, MissingSchema, RequestException
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from callcenter.notify.addresses import plugin_of
from callcenter.notify.apprise_log import reading
from callcenter.telephony.retry_policy import Taken
from callcenter.telephony.twilio_api import RestError

TITLE = "callcenter"
_STATUS = re.compile(r"\berror=(\d{3})\b")
_NEVER_CONNECTED = (ConnectTimeoutError, NewConnectionError, ConnectionRefusedError, socket.gaierror)
_NO_ADDRESS = (InvalidHeader, InvalidSchema, InvalidURL, MissingSchema)
# Replies of a mail server that wants other credentials (RFC 4954).
_LOGIN_REFUSED = frozenset({530, 534, 535, 538})
# Statuses of a web server that wants other credentials or more time.
_NOT_NOW = frozenset({401, 403, 407, 408, 425, 429})
# Statuses of a gateway that does not know what the server behind it did.
_OF_A_GATEWAY = frozenset({502, 504})
# Of several things seen, the first of these decides.
_WORST_FIRST = (Taken.PERHAPS_SILENT, Taken.PERHAPS_ANSWERED, Taken.NO, Taken.REFUSED)


class NotDelivered(RestError):
    """A channel did not confirm a message. taken: whether it has it all the same."""

    def __init__(self, code: str, taken: Taken) -> None:
        super().__init__(code, retry_safe=taken is Taken.NO)
        self.taken = taken


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing that went wrong while a message was sent. code: in a few words, without anything of the address."""

    code: str
    taken: Taken


UNKNOWN = Seen("unknown", Taken.PERHAPS_SILENT)


def deliver(address: SecretStr, body: str) -> None:
    """Send a message. Raises NotDelivered when the channel did not confirm it."""
    _notify(plugin_of(address), body=body, title=TITLE)


def send_mail(
    server: SecretStr, to: str, title: str, body: str, attachment: bytes | None = None, name: str = ""
) -> None:
    """Send a mail by a mail server, to one address alone. Raises NotDelivered as `deliver` does.

    server: an address of Apprise for mail; whom it names is not written to. attachment: a PDF; name: of its file.
    """
    plugin = plugin_of(server)
    if plugin is not None:
        plugin.targets, plugin.cc, plugin.bcc = [(False, to)], set(), set()
    if attachment is None:
        _notify(plugin, body=body, title=title)
        return
    from apprise import AppriseAttachment
    from apprise.attachment.memory import AttachMemory

    in_memory: Any = AttachMemory
    attached = AppriseAttachment()
    attached.add(in_memory(content=attachment, name=name, mimetype="application/pdf"))
    _notify(plugin, body=body, title=title, attach=attached)


def _notify(plugin: Any | None, **message: Any) -> None:
    if plugin is None:
        raise NotDelivered("address not understood", Taken.REFUSED)
    seen: list[Seen] = []
    with reading(lambda record: seen.extend(_seen_in(record))):
        try:
            confirmed = bool(plugin.notify(**message))
        except Exception as error:
            seen.append(of_exception(error))
            confirmed = False
    if not confirmed:
        worst = the_worst(seen)
        raise NotDelivered(worst.code, worst.taken)


def the_worst(seen: Sequence[Seen]) -> Seen:
    """The one that decides. What may have been taken by one recipient is not sent again as if nobody had it."""
    return min(seen, key=lambda one: _WORST_FIRST.index(one.taken), default=UNKNOWN)


def of_status(status: int) -> Seen:
    """What a web server's status says.

    | status                            | taken                                                    |
    |-----------------------------------|----------------------------------------------------------|
    | 401, 403, 407                     | NO: other credentials may be set                         |
    | 408, 425, 429, 503                | NO: later                                                |
    | other 5xx but 502 and 504         | NO: the server failed, and says so                       |
    | other 3xx and 4xx                 | REFUSED: the address does not exist, or wants other data |
    | 502, 504, 1xx, 2xx                | PERHAPS_ANSWERED: a gateway may have passed it on        |
    """
    if status in _NOT_NOW or (status >= 500 and status not in _OF_A_GATEWAY):
        return Seen(f"http {status}", Taken.NO)
    return Seen(f"http {status}", Taken.REFUSED if 300 <= status < 500 else Taken.PERHAPS_ANSWERED)


def of_reply(status: int, *, to_the_message: bool) -> Seen:
    """What a mail server's refusal says. to_the_message: it refused sender, recipient or message, not the connection.

    | reply                                       | taken                                         |
    |---------------------------------------------|-----------------------------------------------|
    | 4xx                                         | NO: later                                     |
    | 530, 534, 535, 538                          | NO: other credentials may be set              |
    | other 5xx to sender, recipient or message   | REFUSED                                       |
    | other 5xx to the connection                 | NO: the server may be set right               |
    | anything else                               | PERHAPS_ANSWERED                              |
    """
    if not 400 <= status < 600:
        return Seen("smtp", Taken.PERHAPS_ANSWERED)
    for_good = to_the_message and status >= 500 and status not in _LOGIN_REFUSED
    return Seen(f"smtp {status}", Taken.REFUSED if for_good else Taken.NO)


def of_exception(error: BaseException) -> Seen:
    """What an exception of a plugin says.

    | exception                                                     | taken                          |
    |---------------------------------------------------------------|--------------------------------|
    | no connection: refused, timed out, no such host               | NO                             |
    | a certificate that is not trusted                             | NO: nothing was sent           |
    | an address that is none                                       | REFUSED                        |
    | a mail server's refusal                                       | see `of_reply`                 |
    | a mail server that breaks off or is silent before the message | NO                             |
    | … while or after the message is sent                          | PERHAPS_SILENT                 |
    | a web server that breaks off or is silent, and anything else  | PERHAPS_SILENT                 |
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        # At least one recipient may be taken later.
        return of_reply(min(code for code, _ in error.recipients.values()), to_the_message=True)
    if isinstance(error, smtplib.SMTPResponseException):
        refused = isinstance(error, smtplib.SMTPSenderRefused | smtplib.SMTPDataError)
        return of_reply(error.smtp_code, to_the_message=refused)
    if any(isinstance(one, _NEVER_CONNECTED) for one in _with_causes(error)):
        return Seen("connect", Taken.NO)
    if any(isinstance(one, ssl.SSLCertVerificationError) for one in _with_causes(error)):
        return Seen("certificate", Taken.NO)
    if isinstance(error, _NO_ADDRESS):
        return Seen("address", Taken.REFUSED)
    if isinstance(error, OSError) and not isinstance(error, RequestException):
        steps = _steps_of_smtplib(error)  # SMTPException is an OSError
        if steps and "data" not in steps:
            return Seen("connect", Taken.NO)
    return Seen("timeout", Taken.PERHAPS_SILENT) if isinstance(error, OSError) else UNKNOWN


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    """An exception of requests, and those of urllib3 and the socket that it wraps."""
    one: object = error
    for _ in range(6):
        if not isinstance(one, BaseException):
            return
        yield one
        inside = next((arg for arg in one.args if isinstance(arg, BaseException)), None)
        one = getattr(one, "reason", None) or getattr(one, "original_error", None) or inside or one.__cause__


def _steps_of_smtplib(error: BaseException) -> set[str]:
    """The functions of smtplib that the exception passed through."""
    found, trace = set(), error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__") == smtplib.__name__:
            found.add(trace.tb_frame.f_code.co_name)
        trace = trace.tb_next
    return found


def _seen_in(record: logging.LogRecord) -> Iterator[Seen]:
    """What a record of Apprise's log says. Called where it is logged."""
    error, text = sys.exc_info()[1], record.getMessage()
    if error is not None:
        yield of_exception(error)
    elif record.levelno == logging.INFO and text.startswith("Sent"):
        yield Seen("taken in part", Taken.PERHAPS_SILENT)
    elif record.levelno >= logging.WARNING and (status := _STATUS.search(text)):
        yield of_status(int(status[1]))
