"""The survey's figures keep the groups apart, and give no share under ten answers."""

import pytest

from callcenter.reachability.survey_figures import by_group
from callcenter.reachability.wilson import interval


def test_schools_come_first_and_no_group_is_mixed_with_another() -> None:
    found = by_group(
        [
            ("parent", "call", "yes", 9),
            ("parent", "text", "no", 3),
            ("school", "call", "yes", 20),
            ("school", "callback", "yes", 4),
            ("school", "call", "no", 6),
        ]
    )
    assert [(one.group, one.total.yes, one.total.answers) for one in found] == [("school", 24, 30), ("parent", 9, 12)]
    assert {way: (one.yes, one.answers) for way, one in found[0].by_way.items()} == {
        "call": (20, 26),
        "callback": (4, 4),
    }
    assert found[0].total.bounds == interval(24, 30)


def test_only_schools_stand_beside_the_surveys_and_the_others_have_their_grade() -> None:
    found = by_group([(group, "call", "yes", 1) for group in ("unknown", "youth", "parent", "partner", "school")])
    assert [(one.group, one.beside_the_surveys, one.grade_2022) for one in found] == [
        ("school", True, None),
        ("partner", False, 7.8),
        ("parent", False, 7.2),
        ("youth", False, 7.3),
        ("unknown", False, None),
    ]


@pytest.mark.parametrize(("answers", "has_share"), [(1, False), (9, False), (10, True)])
def test_under_ten_answers_there_is_no_share_and_no_interval(answers: int, has_share: bool) -> None:
    (one,) = by_group([("school", "text", "yes", answers)])
    assert (one.total.share is not None, one.total.bounds is not None) == (has_share, has_share)
    assert (one.by_way["text"].share is not None) == has_share
