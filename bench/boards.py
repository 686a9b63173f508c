"""What a hundred open boards take from incoming calls: each asks every three seconds whether something changed."""

import heapq
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Event, Thread
from time import perf_counter

import requests

from bench.calls import Bench
from bench.load import BenchFailed
from bench.pages import logged_in
from bench.rounds import Cell

BOARDS = 100
_EVERY_S = 3.0
_CLIENTS = 4
_STEP = "boards"


def with_boards(at: Bench, rounds: int) -> Cell:
    """An incoming call's first webhook while boards are open. Raises BenchFailed.

    The calls of the former round are deleted before each: a board lists what is under way, and no office has thousands.
    """
    found: list[Cell] = []
    with _open_boards(at.product.url):
        for _ in range(rounds):
            at.forget_live_calls()
            found.append(at.cell("incoming", 4, 1))
    return replace(found[0], step=_STEP, rounds=[one for cell in found for one in cell.rounds])


@contextmanager
def _open_boards(url: str) -> Iterator[None]:
    """Keep the boards open until the block ends, then check that all of them were answered."""
    over, failed = Event(), list[str]()
    visitors = [logged_in(url, "lead") for _ in range(_CLIENTS)]
    share = BOARDS // _CLIENTS
    clients = [Thread(target=_keep_open, args=(url, visitor, share, over, failed)) for visitor in visitors]
    for client in clients:
        client.start()
    try:
        yield
    finally:
        over.set()
        for client in clients:
            client.join()
    if failed:
        raise BenchFailed(f"{len(failed)} requests of open boards failed: {failed[0]}")


def _keep_open(url: str, visitor: requests.Session, boards: int, over: Event, failed: list[str]) -> None:
    """Ask for each board in its turn, with the stamp of what it shows."""
    stamp, began = _stamp_of(visitor.get(f"{url}/")), perf_counter()
    due = [(began + _EVERY_S * number / boards, number, stamp) for number in range(boards)]
    while not over.wait(max(0.0, due[0][0] - perf_counter())):
        at, number, stamp = heapq.heappop(due)
        answer = visitor.get(f"{url}/", headers={"X-Live": stamp}, allow_redirects=False)
        if answer.status_code == 200:
            stamp = _stamp_of(answer)
        elif answer.status_code != 204:
            failed.append(str(answer.status_code))
        heapq.heappush(due, (max(at + _EVERY_S, perf_counter()), number, stamp))


def _stamp_of(page: requests.Response) -> str:
    found = re.search(r'data-stamp="([^"]+)"', page.text)
    return found[1] if found else ""
