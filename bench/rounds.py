"""Compares product and floor by short alternating rounds on one machine, and the median of each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from bench.load import Figures


@dataclass(frozen=True, slots=True)
class Round:
    """One round of each. cpu: the workers' processor time for one request, in milliseconds."""

    product: Figures
    floor: Figures
    product_cpu_ms: float
    floor_cpu_ms: float


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination of database, step, connections and workers, with its rounds."""

    database: str
    step: str
    connections: int
    workers: int
    history: int
    rounds: Sequence[Round]

    def product(self, figure: str) -> float:
        """The median of a figure of the product, by its name in `Figures`."""
        return median(float(getattr(one.product, figure)) for one in self.rounds)

    def floor(self, figure: str) -> float:
        """The median of a figure of the floor."""
        return median(float(getattr(one.floor, figure)) for one in self.rounds)

    def cpu_ms(self) -> tuple[float, float]:
        """Processor time of one request in milliseconds: product, floor."""
        return median(r.product_cpu_ms for r in self.rounds), median(r.floor_cpu_ms for r in self.rounds)

    @property
    def ratio(self) -> float:
        """The product's rate as a share of the floor's."""
        return self.product("per_s") / self.floor("per_s")

    @property
    def spread(self) -> tuple[float, float]:
        """The lowest and the highest ratio of a single round."""
        found = [one.product.per_s / one.floor.per_s for one in self.rounds]
        return min(found), max(found)


def in_turn(rounds: int, one: Callable[[], Round]) -> list[Round]:
    """Run `rounds` rounds one after another."""
    return [one() for _ in range(rounds)]
