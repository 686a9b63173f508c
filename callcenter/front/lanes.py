"""Which threads answer a request: each lane has threads and a queue of its own, so that no lane starves another."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lane:
    """A budget. queue: requests that may wait for a thread; further ones are answered 503.

    of_one_client: how many of them, answered or waiting, may come from one client address, which may be a whole office;
    None: all.
    """

    name: str
    threads: int
    queue: int
    of_one_client: int | None = None


# Twilio's requests, and the recordings that it plays. Most of their time is spent in the database.
LINE = Lane("line", threads=8, queue=1000)
# People and programs. Few threads: each that computes delays the line's threads, because Python runs one at a time.
PAGES = Lane("pages", threads=4, queue=64, of_one_client=34)
# Hashing a password takes a processor for half a second. One machine that floods it leaves places for others.
# More threads than may wait for the provider of office accounts (access/office_account/provider.py).
LOGIN = Lane("login", threads=4, queue=16, of_one_client=8)
# Collecting figures takes long, and must be possible while the pages are flooded.
MONITORING = Lane("monitoring", threads=1, queue=8)
# Answers to requests that no application sees.
REFUSALS = Lane("refusals", threads=1, queue=10_000)
ALL = (LINE, PAGES, LOGIN, MONITORING, REFUSALS)


def lane_of(path: str) -> Lane:
    """The lane of a request. path: percent-decoded, without query."""
    if path.startswith(("/webhooks/", "/audio/")) or path == "/healthz":
        return LINE
    if path.startswith("/inloggen"):
        return LOGIN
    if path in ("/metrics", "/readyz"):
        return MONITORING
    return PAGES
