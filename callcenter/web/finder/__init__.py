"""The search over everything: a school, a call, a callback, a colleague or a page."""

from callcenter.web.finder import finder

BLUEPRINTS = (finder.blueprint,)
