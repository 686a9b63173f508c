"""The pages of reachability: the board, the office wall, and the figures of a period."""

from callcenter.web.board import board, figures

BLUEPRINTS = (board.blueprint, board.wall_blueprint, figures.blueprint)
