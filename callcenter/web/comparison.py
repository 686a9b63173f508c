"""Which lines stand beside a share: the goal of the policy, and what the surveys among schools found."""

from dataclasses import dataclass

from callcenter.reachability.published import SATISFIED_2015, SATISFIED_2022
from callcenter.web import formats
from callcenter.web.locale import _


@dataclass(frozen=True, slots=True)
class Level:
    """A line at a share (0..1). kind: its CSS class; name: its label; short: the same for a narrow chart."""

    kind: str
    share: float
    name: str
    short: str


def levels(target: float, baseline: float) -> tuple[Level, ...]:
    """The lines beside shares of calls. target, baseline: of the policy; a baseline other than 2022's is one more line.

    The goal is the policy's own, and never named after a year in which something else was measured.
    """
    found = [
        goal(target),
        Level(
            "kto2015",
            SATISFIED_2015,
            _("%(share)s of the schools satisfied (KTO 2015)", share=formats.percent(SATISFIED_2015)),
            _("%(share)s (%(year)s)", share=formats.percent(SATISFIED_2015), year=2015),
        ),
        Level(
            "kto2022",
            SATISFIED_2022,
            _("%(share)s (%(year)s)", share=formats.percent(SATISFIED_2022), year=2022),
            _("%(share)s (%(year)s)", share=formats.percent(SATISFIED_2022), year=2022),
        ),
    ]
    if baseline != SATISFIED_2022:
        name = _("starting point %(share)s", share=formats.percent(baseline))
        found.append(Level("start", baseline, name, formats.percent(baseline)))
    return tuple(found)


def goal(target: float) -> Level:
    """The line of the policy's goal."""
    name = _("goal %(share)s", share=formats.percent(target))
    return Level("target", target, name, name)
