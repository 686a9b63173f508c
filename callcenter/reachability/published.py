"""What others measured and published, to stand beside our own figures: shares from 0 to 1."""

from dataclasses import dataclass

# The customer satisfaction surveys (KTO) of the bureau RBL Zuid-Holland-Zuid, by DESAN: the share of schools that were
# satisfied with how well it can be reached. They count schools, not calls.
SATISFIED_2015 = 0.88
SATISFIED_2022 = 0.69


@dataclass(frozen=True, slots=True)
class Published:
    """One figure of one municipality. share: 0 to 1; within_s: seconds until a call is taken, else None."""

    municipality: str
    year: int
    share: float
    source: str
    within_s: int | None = None


# Calls that were taken within so many seconds.
TAKEN = (
    Published("'s-Hertogenbosch", 2018, 0.71, "https://s-hertogenbosch.jaarverslag-2019.nl/p4243", 25),
    Published("'s-Hertogenbosch", 2019, 0.67, "https://s-hertogenbosch.jaarverslag-2019.nl/p4243", 25),
)
# Requests to be called back after which somebody was in touch within two working days.
CALLED_BACK = (
    Published("Nissewaard", 2022, 0.734, "https://nissewaard.jaarverslag-2022.nl/p18006/wat-wilden-we-bereiken"),
    Published("Nissewaard", 2023, 0.713, "https://nissewaard.jaarverslag-2023.nl/p19386/wat-wilden-we-bereiken"),
)
