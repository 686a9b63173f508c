"""What is photographed, and when? One table: a page that moves or a new one is changed here alone."""

from dataclasses import dataclass
from datetime import date, time

# A Wednesday in term with a gap at noon. The days before it are simulated as well, so that figures have something to
# show.
DAY, DAYS_BEFORE = date(2026, 11, 18), 11
# The clock stops at whole ten minutes of the demo's day (Amsterdam).
CLOSED_AT = time(17, 10)
# So many callers ring one after the other before this moment, so that some of them wait.
RUSH_AT, RUSH_CALLERS, RUSH_GAP_S = time(11, 20), 24, 7.0

WIDTHS = (1280, 360)
SCHEMES = ("light", "dark")
# A longer page is cut off here.
TALLEST = 1500

LEAD, CONSULTANT = "lead@rbl.example", "aisha@rbl.example"


@dataclass(frozen=True, slots=True)
class Moment:
    """One page at one time. name: of the files; who: the e-mail address of a login of the demo.

    first: a CSS selector; the first such link on the page is followed, for a page whose address is known only then.
    """

    name: str
    at: time
    who: str
    path: str
    first: str | None = None

    def files(self) -> dict[tuple[int, str], str]:
        """The file name for each width and scheme."""
        return {(width, scheme): f"{self.name}-{width}-{scheme}.png" for width in WIDTHS for scheme in SCHEMES}


MOMENTS = (
    Moment("board-before-opening", time(8, 20), LEAD, "/"),
    Moment("board-open", time(10, 40), LEAD, "/"),
    Moment("wall", time(10, 40), LEAD, "/wand"),
    Moment("figures", time(10, 40), LEAD, "/cijfers"),
    Moment("call", time(10, 40), LEAD, "/oproepen?counted=1&reached=no", first="main tbody th a"),
    Moment("callbacks", time(10, 40), LEAD, "/terugbellen"),
    Moment("mine", time(8, 20), CONSULTANT, "/mijn"),
    Moment("rota", time(10, 40), LEAD, "/rooster"),
    Moment("board-busy", RUSH_AT, LEAD, "/"),
    Moment("board-closed", CLOSED_AT, LEAD, "/"),
)
