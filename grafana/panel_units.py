"""How does Grafana write a value in a unit? Only the units that the dashboards use."""


def shown(value: float, unit: str, decimals: int | None = None) -> str:
    """A value as text: `percentunit` is a share, `s` are seconds, every other unit is a plain number."""
    if unit == "percentunit":
        return f"{value * 100:.{decimals or 0}f}%"
    if unit == "s":
        for size, name in ((86400, "d"), (3600, "h"), (60, "min")):
            if abs(value) >= size:
                return f"{value / size:.1f} {name}"
        return f"{value * 1000:.0f} ms" if 0 < abs(value) < 1 else f"{value:.{0 if value == int(value) else 1}f} s"
    if unit == "none":
        return ""
    return f"{value:g}" if value == int(value) else f"{value:.1f}"
