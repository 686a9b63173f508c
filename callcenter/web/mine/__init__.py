"""The consultant's own pages: own callbacks and presence, the actions on them, and the calendar feed."""

# The import of `actions` adds its views to the blueprint of `mine`.
from callcenter.web.mine import actions as actions
from callcenter.web.mine import calendar, mine

BLUEPRINTS = (mine.blueprint, calendar.blueprint)
