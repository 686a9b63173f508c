"""The pages of the rota: one week, one day, and the versions that were loaded."""

from callcenter.web.rota import day, versions, week

BLUEPRINTS = (week.blueprint, day.blueprint, versions.blueprint)
