"""The pages of the rota: one week, and the versions that were loaded."""

from callcenter.web.rota import versions, week

BLUEPRINTS = (week.blueprint, versions.blueprint)
