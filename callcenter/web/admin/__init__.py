"""The administrator's pages below `/beheer`, one file per subject."""

from callcenter.web.admin import audit, blocked, lines, numbers, prompts, tokens, users

BLUEPRINTS = (
    users.blueprint,
    tokens.blueprint,
    lines.blueprint,
    blocked.blueprint,
    numbers.blueprint,
    prompts.blueprint,
    audit.blueprint,
)
