"""The pages of calls: the list, and one call with its time line."""

from callcenter.web.calls import calls

BLUEPRINTS = (calls.blueprint,)
