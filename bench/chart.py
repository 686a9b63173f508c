"""Draws requests a second against connections, product and floor, as an SVG for the docs."""

from collections.abc import Sequence
from html import escape

from bench.rounds import Cell

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 360, 260, 56, 40, 44
_COLOURS = {"product": "#1f5fa8", "floor": "#8a8f98"}


def drawing(cells: Sequence[Cell]) -> str:
    """An SVG with a panel for each database: incoming calls, one worker, no history. Empty without such cells."""
    wanted = [cell for cell in cells if (cell.step, cell.workers, cell.history) == ("incoming", 1, 0)]
    panels = {
        kind: [cell for cell in wanted if cell.database == kind] for kind in dict.fromkeys(c.database for c in wanted)
    }
    if not panels:
        return ""
    parts = [_panel(kind, found, n * _WIDTH) for n, (kind, found) in enumerate(panels.items())]
    width = _WIDTH * len(panels)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {_HEIGHT}" role="img" '
        'font-family="system-ui, sans-serif" font-size="11" fill="#333">\n'
        "<title>Incoming calls answered a second against connections, product and floor</title>\n"
        f'<rect width="{width}" height="{_HEIGHT}" fill="#fff"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _panel(title: str, cells: Sequence[Cell], left: int) -> str:
    cells = sorted(cells, key=lambda cell: cell.connections)
    most = max(max(cell.product("per_s"), cell.floor("per_s")) for cell in cells) * 1.15
    wide, high = _WIDTH - _LEFT - 24, _HEIGHT - _TOP - _BOTTOM
    across = {cell.connections: left + _LEFT + wide * (n + 0.5) / len(cells) for n, cell in enumerate(cells)}

    def y(per_s: float) -> float:
        return _TOP + high * (1 - per_s / most)

    step = _round_step(most)
    found = [f'<text x="{left + _LEFT}" y="20" font-size="13" font-weight="600">{escape(title)}, one worker</text>']
    for value in range(0, int(most) + 1, step):
        found.append(f'<path d="M{left + _LEFT} {y(value):.1f}h{wide}" stroke="#ddd"/>')
        found.append(f'<text x="{left + _LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value}</text>')
    for connections, x in across.items():
        found.append(f'<text x="{x:.1f}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle">{connections}</text>')
    middle = left + _LEFT + wide / 2
    found.append(f'<text x="{middle:.1f}" y="{_HEIGHT - 8}" text-anchor="middle">connections</text>')
    for name, colour in _COLOURS.items():
        points = [(across[cell.connections], y(getattr(cell, name)("per_s"))) for cell in cells]
        line = " ".join(f"{x:.1f},{at:.1f}" for x, at in points)
        found.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        found += [f'<circle cx="{x:.1f}" cy="{at:.1f}" r="3" fill="{colour}"/>' for x, at in points]
        x, at = points[-1]
        found.append(f'<text x="{x:.1f}" y="{at - 8:.1f}" text-anchor="middle" fill="{colour}">{name} /s</text>')
    return "\n".join(found)


def _round_step(most: float) -> int:
    return next(step for step in (10, 20, 50, 100, 200, 500, 1000, 2000, 5000) if most / step <= 6)
