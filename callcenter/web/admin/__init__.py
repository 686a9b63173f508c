"""What does the administrator look after? One file per subject of `/beheer`."""

from callcenter.web.admin import audit, blocked, lines, prompts, tokens, users

BLUEPRINTS = (
    users.blueprint,
    tokens.blueprint,
    lines.blueprint,
    blocked.blueprint,
    prompts.blueprint,
    audit.blueprint,
)
