"""What callers answered to the survey question, by group: never one share over groups that were measured differently.

Beside the schools stand the shares of the satisfaction surveys of 2015 and 2022: 88% and 69% of the schools said that
they were satisfied with how they could reach the office. The other groups gave a grade in 2022 (KTO 2022: 7.8, 7.2 and
7.3 out of 10). A grade is another measure than a share who say yes: it is context, and nothing is compared with it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from callcenter.reachability.figures import MIN_CALLS
from callcenter.reachability.wilson import interval

SCHOOL = "school"
# The grades out of 10 of 2022, by group.
GRADES_2022: Mapping[str, float] = {"partner": 7.8, "parent": 7.2, "youth": 7.3}


@dataclass(frozen=True, slots=True)
class Answers:
    """How many said yes, and how many answered."""

    yes: int = 0
    answers: int = 0

    @property
    def share(self) -> float | None:
        """The share who said yes, 0 to 1; None under MIN_CALLS answers."""
        return self.yes / self.answers if self.answers >= MIN_CALLS else None

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The 95% interval of the share (Wilson); None under MIN_CALLS answers. A number answers once in 90 days, so
        the answers are independent."""
        return interval(self.yes, self.answers) if self.answers >= MIN_CALLS else None

    def plus(self, answer: str, how_many: int) -> "Answers":
        """These answers and more of one kind, `yes` or `no`."""
        return Answers(self.yes + (how_many if answer == "yes" else 0), self.answers + how_many)


@dataclass(frozen=True, slots=True)
class GroupAnswers:
    """The answers of one group. by_way: by how they were asked (routing/survey.py, WAYS); grade_2022: out of 10."""

    group: str
    total: Answers
    by_way: Mapping[str, Answers] = field(default_factory=dict)

    @property
    def grade_2022(self) -> float | None:
        """The group's grade of 2022, another measure; None for schools, which have shares, and where there is none."""
        return GRADES_2022.get(self.group)

    @property
    def beside_the_surveys(self) -> bool:
        """Whether the shares of the schools' surveys stand beside this group."""
        return self.group == SCHOOL


def by_group(counts: Iterable[tuple[str, str, str, int]]) -> list[GroupAnswers]:
    """The answers of each group that gave one, schools first.

    counts: group, way, answer (`yes`, `no`) and how many.
    """
    found: dict[str, dict[str, Answers]] = {}
    totals: dict[str, Answers] = {}
    for group, way, answer, how_many in counts:
        ways = found.setdefault(group, {})
        ways[way] = ways.get(way, Answers()).plus(answer, how_many)
        totals[group] = totals.get(group, Answers()).plus(answer, how_many)
    order = (SCHOOL, *GRADES_2022)
    known = sorted(found, key=lambda group: (order.index(group) if group in order else len(order), group))
    return [GroupAnswers(group, totals[group], dict(sorted(found[group].items()))) for group in known]
