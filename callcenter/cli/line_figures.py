"""Reads an installation's call figures from its `/metrics`, to compare them before and after a drill."""

from dataclasses import asdict, dataclass
from urllib.error import URLError
from urllib.request import Request, urlopen

from prometheus_client.parser import text_string_to_metric_families

_SUMS = {
    "callcenter_calls_total": "with_outcome",
    "callcenter_callbacks_created_total": "callbacks",
    "callcenter_unanswered_without_callback": "without_callback",
}


@dataclass(frozen=True, slots=True)
class LineFigures:
    """Figures of an installation.

    with_outcome, callbacks: totals of calls with an outcome and of callbacks created.
    without_callback: how many callers lack the callback they need at present.
    """

    with_outcome: int = 0
    callbacks: int = 0
    without_callback: int = 0

    def since(self, before: "LineFigures") -> "LineFigures":
        """The increase of the totals, and the present value of the gauge."""
        return LineFigures(
            self.with_outcome - before.with_outcome, self.callbacks - before.callbacks, self.without_callback
        )


def read_figures(url: str, token: str) -> LineFigures | None:
    """The figures of the installation at this address; None when they cannot be read."""
    request = Request(f"{url}/metrics", headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        with urlopen(request, timeout=10) as answer:
            text = answer.read().decode()
    except (URLError, OSError):
        return None
    found = asdict(LineFigures())
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            name = _SUMS.get(sample.name)
            if name is not None:
                found[name] += int(sample.value)
    return LineFigures(**found)
