"""How many passwords are checked at once in a process."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from callcenter.access.hash_slots import AT_ONCE, WAITING, HashSlots, TooBusy


def test_of_forty_at_once_two_are_checked_four_wait_and_the_others_are_refused_at_once() -> None:
    slots = HashSlots(wait_s=30)
    inside, go_on, refused = [0], threading.Event(), threading.Semaphore(0)
    most, counting = [0], threading.Lock()

    def ask() -> bool:
        try:
            with slots.turn():
                with counting:
                    inside[0] += 1
                    most[0] = max(most[0], inside[0])
                go_on.wait(30)
                with counting:
                    inside[0] -= 1
            return True
        except TooBusy:
            refused.release()
            return False

    with ThreadPoolExecutor(40) as threads:
        asked = [threads.submit(ask) for _ in range(40)]
        for _ in range(40 - AT_ONCE - WAITING):  # they come back while the first two still hold their turns
            assert refused.acquire(timeout=30)
        go_on.set()
        assert sum(one.result(30) for one in asked) == AT_ONCE + WAITING
    assert most[0] == AT_ONCE == 2


def test_nobody_waits_longer_than_the_queue_allows() -> None:
    slots = HashSlots(at_once=1, waiting=1, wait_s=0.01)
    with slots.turn(), pytest.raises(TooBusy), slots.turn():
        pass


def test_a_check_that_fails_gives_its_turn_back() -> None:
    slots = HashSlots(at_once=1, waiting=0, wait_s=0.01)
    for _ in range(3):
        with suppress(ZeroDivisionError), slots.turn():
            raise ZeroDivisionError
    with slots.turn():
        pass
