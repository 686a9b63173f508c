"""Sends one push message to a push service, encrypted for one browser, and to public addresses only."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from requests import RequestException, Session
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema
from urllib3 import HTTPSConnectionPool
from urllib3.connection import HTTPSConnection

from callcenter.clock import Clock
from callcenter.notify.delivery import NotDelivered, of_status
from callcenter.notify.push.subscription import is_callable, is_public
from callcenter.telephony.retry_policy import Taken

# The error of a push service that no longer knows the subscription (RFC 8030, 7.3).
GONE = "gone"
_GONE = frozenset({404, 410})
# A signature with another key than the browser subscribed with: the subscription is worth nothing to us.
_NOT_OURS = frozenset({401, 403})
# Seconds to connect, and to wait for the answer.
_TIMEOUT_S = (5.0, 10.0)
# The signature holds for an hour; push services refuse more than a day.
_SIGNED_FOR_S = 3600


@dataclass(frozen=True, slots=True)
class Device:
    """Where one browser gets its messages, and the keys to encrypt them with, in base64url."""

    endpoint: str
    p256dh: str
    auth: str


class NotPublic(RequestException):
    """A push service's name leads to an address that is not public."""


class PushDoor:
    """Sends push messages in the name of one installation.

    private_key: of keys.py; contact: whom a push service tells of trouble, `mailto:…` or `https://…`; is_allowed: which
    IP addresses may be called; authority: a file of certificates, None for the usual ones.
    """

    def __init__(
        self,
        private_key: str,
        contact: str,
        clock: Clock,
        *,
        is_allowed: Callable[[str], bool] = is_public,
        authority: str | None = None,
    ) -> None:
        self._private_key, self._contact, self._clock = private_key, contact, clock
        self._is_allowed, self._authority = is_allowed, authority

    def send(self, device: Device, message: Mapping[str, Any], *, ttl_s: int, topic: str) -> None:
        """Send a message. Raises NotDelivered, with the code GONE when the subscription no longer exists.

        ttl_s: for how long the service keeps it for a browser that is off. topic: a later message with the same topic
        takes the place of one that is still kept, so that one sent twice arrives once.
        """
        from pywebpush import WebPusher  # half a second, and few installations push

        if not is_callable(device.endpoint, self._is_allowed):
            raise NotDelivered("address", Taken.REFUSED)
        keys = {"p256dh": device.p256dh, "auth": device.auth}
        body = WebPusher({"endpoint": device.endpoint, "keys": keys}).encode(json.dumps(message).encode())["body"]
        headers = {
            **self._signed(device.endpoint),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(ttl_s),
            "Topic": topic,
            "Urgency": "high",
        }
        try:
            with _session(self._is_allowed) as session:
                answer = session.post(
                    device.endpoint,
                    data=body,
                    headers=headers,
                    timeout=_TIMEOUT_S,
                    allow_redirects=False,
                    stream=True,
                    verify=self._authority or True,
                )
        except (NotPublic, InvalidSchema, InvalidURL, MissingSchema):
            raise NotDelivered("address", Taken.REFUSED) from None
        except RequestException as error:
            # Sent again also when it may have arrived: by its topic and tag it shows once.
            raise NotDelivered(type(error).__name__, Taken.NO) from None
        _judge(answer.status_code)

    def _signed(self, endpoint: str) -> dict[str, str]:
        from py_vapid import Vapid02

        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "sub": self._contact,
            "exp": int(self._clock.now().timestamp()) + _SIGNED_FOR_S,
        }
        return dict(Vapid02.from_raw(self._private_key.encode()).sign(claims))


def _judge(status: int) -> None:
    if 200 <= status < 300:
        return
    if status in _GONE:
        raise NotDelivered(GONE, Taken.REFUSED)
    if status in _NOT_OURS:
        raise NotDelivered(f"http {status}", Taken.REFUSED)
    taken = of_status(status).taken
    raise NotDelivered(f"http {status}", Taken.NO if taken.perhaps else taken)


def _session(is_allowed: Callable[[str], bool]) -> Session:
    session = Session()
    # A proxy would choose the address itself, and cookies and credentials of the machine are not for strangers.
    session.trust_env = False
    adapter = HTTPAdapter(max_retries=0)
    adapter.poolmanager.pool_classes_by_scheme = {"https": _pool_of(is_allowed)}
    session.mount("https://", adapter)
    return session


def _pool_of(is_allowed: Callable[[str], bool]) -> type[HTTPSConnectionPool]:
    """Connections that end before a byte is sent when the other side's address is not allowed.

    The address of the connection itself is judged, so a name that changes between a look-up and the call gains nothing.
    """

    class Connection(HTTPSConnection):
        def _new_conn(self) -> Any:
            opened = super()._new_conn()
            if not is_allowed(opened.getpeername()[0]):
                opened.close()
                raise NotPublic
            return opened

    class Pool(HTTPSConnectionPool):
        ConnectionCls = Connection

    return Pool
