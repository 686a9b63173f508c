"""The consultant's own pages: callbacks and presence, shifts, settings, the actions on them, and the calendar feed."""

# The imports of `actions`, `pages` and `push` add their views to the blueprint of `mine`.
from callcenter.web.mine import actions as actions
from callcenter.web.mine import calendar, mine
from callcenter.web.mine import pages as pages
from callcenter.web.mine import push as push

BLUEPRINTS = (mine.blueprint, calendar.blueprint)
