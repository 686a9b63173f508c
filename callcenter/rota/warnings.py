"""What in a valid rota deserves a second look?"""

from datetime import datetime

from callcenter.rota.faults import Fault
from callcenter.rota.model import Rota


def warn(rota: Rota, now: datetime | None) -> list[Fault]:
    """Every warning."""
    return []
