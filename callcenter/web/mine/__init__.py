"""The consultant's own pages: the own callbacks, what is pressed there, and the calendar feed."""

# `actions` is imported for the views that it adds to the blueprint of `mine`.
from callcenter.web.mine import actions as actions
from callcenter.web.mine import calendar, mine

BLUEPRINTS = (mine.blueprint, calendar.blueprint)
