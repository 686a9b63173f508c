"""The pages of reachability: the board, the office wall, and the figures of a period."""

from callcenter.web.board import board, figures, wall

BLUEPRINTS = (board.blueprint, wall.blueprint, figures.blueprint)
