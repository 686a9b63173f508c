"""What the front allows: sizes by path, deadlines, and which threads answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.access.office_account import provider
from callcenter.front import lanes, limits
from callcenter.front.deadlines import FIRST_S, IDLE_S, SLOWEST_BYTES_PER_S, Transfer, ends_at, is_over, to_sacrifice
from callcenter.front.dispatch import Shares
from callcenter.front.refusals import answer, reason_of

KIB, MIB = 1024, 1024 * 1024


@pytest.mark.parametrize(
    ("method", "path", "most"),
    [
        ("POST", "/webhooks/voice", 64 * KIB),
        ("POST", "/webhooks/voice/fallback/recorded", 64 * KIB),
        ("POST", "/inloggen", 64 * KIB),
        ("POST", "/terugbellen", 64 * KIB),
        ("PATCH", "/api/v1/callbacks/1", 64 * KIB),
        ("GET", "/", 64 * KIB),
        ("POST", "/nowhere", 64 * KIB),
        ("PUT", "/api/v1/rota", 4 * MIB),
        ("GET", "/api/v1/rota", 64 * KIB),
        ("POST", "/api/v1/rota", 64 * KIB),
        ("PUT", "/api/v1/rota/", 64 * KIB),
        ("POST", "/rooster/versies", 4 * MIB + 64 * KIB),
        ("POST", "/rooster/versies/1", 64 * KIB),
        ("POST", "/beheer/teksten", 1 * MIB + 64 * KIB),
        ("POST", "/beheer/teksten/weg", 64 * KIB),
    ],
)
def test_only_uploads_may_be_larger_than_a_form(method: str, path: str, most: int) -> None:
    assert limits.body_bound(method, path) == most
    assert limits.is_upload(method, path) == (most > 64 * KIB)


@pytest.mark.parametrize(
    ("path", "lane"),
    [
        ("/webhooks/voice", lanes.LINE),
        ("/webhooks/sms", lanes.LINE),
        ("/audio/prompts/greeting.nl", lanes.LINE),
        ("/healthz", lanes.LINE),
        ("/inloggen", lanes.LOGIN),
        ("/inloggen/microsoft", lanes.LOGIN),
        ("/metrics", lanes.MONITORING),
        ("/readyz", lanes.MONITORING),
        ("/", lanes.PAGES),
        ("/api/v1/calls", lanes.PAGES),
        ("/web/style.css", lanes.PAGES),
        ("/webhooks", lanes.PAGES),
        ("//webhooks/voice", lanes.PAGES),
        ("/pages/webhooks/voice", lanes.PAGES),
    ],
)
def test_webhooks_pages_logins_and_monitoring_have_threads_of_their_own(path: str, lane: lanes.Lane) -> None:
    assert lanes.lane_of(path) is lane


@pytest.mark.parametrize("lane", [lanes.LOGIN, lanes.PAGES])
def test_one_client_cannot_fill_a_lane_and_gets_its_places_back(lane: lanes.Lane) -> None:
    shares = Shares()
    taken = [shares.take("192.0.2.9", lane) for _ in range(lane.threads + lane.queue)]
    places = taken.count(True)
    # Two such clients together leave no more than the last place.
    assert places <= (lane.threads + lane.queue) / 2
    assert shares.take("192.0.2.10", lane)
    shares.give_back("192.0.2.9", lane)
    assert [shares.take("192.0.2.9", lane) for _ in range(2)] == [True, False]


def test_twilio_is_one_client_and_has_the_whole_line() -> None:
    shares = Shares()
    assert all(shares.take("192.0.2.9", lanes.LINE) for _ in range(lanes.LINE.threads + lanes.LINE.queue))


def test_the_line_has_more_threads_than_the_pages() -> None:
    assert lanes.LINE.threads == 8
    assert lanes.LINE.threads > lanes.PAGES.threads >= lanes.LOGIN.threads > provider.AT_ONCE


@pytest.mark.parametrize(
    ("transfer", "lasts_s"),
    [
        (Transfer("new", 100.0), 10),
        (Transfer("receiving", 100.0), 10),
        (Transfer("receiving", 100.0, 4 * MIB), 10 + 128),
        (Transfer("sending", 100.0, 320 * KIB), 10 + 10),
        (Transfer("idle", 100.0), 75),
        (Transfer("idle", 100.0, 4 * MIB), 75),
    ],
)
def test_a_connection_is_closed_when_it_took_too_long(transfer: Transfer, lasts_s: float) -> None:
    assert ends_at(transfer) == 100 + lasts_s
    assert not is_over(transfer, 100 + lasts_s - 0.01)
    assert is_over(transfer, 100 + lasts_s)


@given(st.integers(1, 100), st.integers(1, 4 * MIB))
def test_who_sends_a_byte_now_and_then_is_cut_off_soon(every_s: int, length: int) -> None:
    """A byte each second or slower earns almost no time, whatever is announced."""
    received = min(length, 1000 // every_s)
    assert is_over(Transfer("receiving", 0.0, received), FIRST_S + 1)


@given(st.integers(0, 5 * MIB))
def test_who_sends_at_the_slowest_rate_is_never_cut_off(received: int) -> None:
    assert not is_over(Transfer("receiving", 0.0, received), received / SLOWEST_BYTES_PER_S)


def test_too_many_connections_cost_the_longest_idle_first_and_never_an_answer() -> None:
    doing = [
        (1, Transfer("receiving", 5.0)),
        (2, Transfer("idle", 9.0)),
        (3, Transfer("sending", 1.0, 100)),
        (4, Transfer("idle", 4.0)),
        (5, Transfer("new", 2.0)),
        (6, Transfer("receiving", 3.0)),
    ]
    assert to_sacrifice(doing, 2) == [4, 2]
    assert to_sacrifice(doing, 10) == [4, 2, 5, 6, 1]


def test_the_first_answer_may_be_waited_for_less_long_than_the_next_request() -> None:
    assert FIRST_S < IDLE_S


def test_a_refusal_is_a_problem_document_for_programs_and_a_sentence_for_others() -> None:
    status, headers, body = answer(413, "/api/v1/rota")
    assert status == "413 Request Entity Too Large"
    assert ("Content-Type", "application/problem+json") in headers
    assert b'"status": 413' in body
    status, headers, body = answer(503, "/inloggen")
    assert ("Retry-After", "5") in headers
    assert body == b"It is too busy at the moment. Please try again in a few seconds.\n"


def test_a_refusal_is_counted_by_its_reason() -> None:
    reasons = {code: reason_of(code) for code in (400, 413, 415, 431, 500, 501, 503)}
    assert set(reasons.values()) == {"malformed", "too_large", "busy", None}
    assert (reasons[413], reasons[500], reasons[503]) == ("too_large", None, "busy")
