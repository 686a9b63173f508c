"""Bars and lines are drawn where their numbers belong."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from callcenter.web.board.charts import LABEL_HEIGHT, Bar, Point, bars, line, parts_of, step_for

COUNTS = st.dictionaries(
    st.sampled_from(["answered", "message", "missed", "abandoned"]), st.integers(min_value=0, max_value=500)
)
GAPS = st.lists(st.sampled_from([(0.0, 0.5), (0.5, 1.0), (0.0, 1.0)]), max_size=2)


@given(st.lists(st.builds(Bar, st.text(max_size=5), COUNTS, GAPS), max_size=40), st.sampled_from([330, 720]))
def test_every_call_is_drawn_once_and_within_the_drawing(found: list[Bar], width: int) -> None:
    chart = bars(found, width)
    assert sum(rect.count for rect in chart.rects) == sum(sum(bar.counts.values()) for bar in found)
    assert all(rect.x >= 0 and rect.x + rect.width <= width for rect in chart.rects)
    assert all(rect.y >= 0 and rect.y + rect.height <= chart.base + 0.2 for rect in chart.rects)
    assert len(chart.shades) == sum(len(bar.gaps) for bar in found)
    assert all(x >= 0 and x + shade <= width for x, shade in chart.shades)


@given(st.integers(min_value=1, max_value=100_000))
def test_an_axis_has_few_round_ticks(highest: int) -> None:
    step = step_for(highest)
    assert highest <= 4 * step
    assert str(step).rstrip("0") in ("1", "2", "5")


def test_a_day_without_calls_breaks_the_line_and_a_small_one_is_hollow() -> None:
    points = [Point("1", 0.8), Point("2", 0.7), Point("3", None), Point("4", 0.9, few=True)]
    chart = line(points, [("target", "doel 88%", 0.88)], 720)
    assert len(chart.segments) == 1
    assert [few for _, _, few in chart.dots] == [False, False, True]
    assert chart.levels[0].y < chart.dots[0][1]


@given(st.lists(st.floats(0.4, 1), min_size=1, max_size=4))
def test_no_label_of_a_line_covers_another(shares: list[float]) -> None:
    chart = line([Point("1", 0.8)], [("target", f"{share}", share) for share in shares], 720, end="80%")
    texts = [label.text_y for label in chart.labels]
    assert len(texts) == len(shares) + 1
    assert all(below - above >= LABEL_HEIGHT - 0.1 for above, below in pairwise(texts))
    assert sorted(level.y for level in chart.levels) == [level.y for level in chart.levels]


def test_the_band_lies_around_the_line_and_breaks_where_there_is_no_interval() -> None:
    points = [
        *(Point("1", 0.8, low=0.7, high=0.9), Point("2", 0.7, low=0.6, high=0.8), Point("3", 0.5, few=True)),
        *(Point("4", 0.8, low=0.7, high=0.9), Point("5", 0.8, low=0.7, high=0.9)),
    ]
    chart = line(points, [], 720)
    first = [tuple(float(part) for part in one.split(",")) for one in chart.bands[0].split()]
    assert len(chart.bands) == 2
    assert [x for x, _ in first] == [chart.dots[0][0], chart.dots[1][0], chart.dots[1][0], chart.dots[0][0]]
    assert first[0][1] < chart.dots[0][1] < first[-1][1]


def test_failed_calls_count_as_missed() -> None:
    outcomes = {"answered": 5, "voicemail": 1, "callback_requested": 2, "missed": 3, "failed": 1, "abandoned": 4}
    assert parts_of(outcomes) == {"answered": 5, "message": 3, "missed": 4, "abandoned": 4}
