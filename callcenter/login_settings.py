"""The settings of logging in: office accounts, local passwords and the second factor."""

import re
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

from callcenter.stated_secrets import Secret

_DISCOVERY = "/.well-known/openid-configuration"
_ROLES = ("consultant", "lead", "admin")
_HERE = ("localhost", "127.0.0.1", "::1")
# Entra's addresses for accounts of every organisation: anybody in the world could log in there.
_EVERYBODY = ("common", "organizations", "consumers")
_TOGETHER = ("oidc_issuer", "oidc_client_id", "oidc_client_secret", "oidc_groups")


@dataclass(frozen=True, slots=True)
class OfficeAccounts:
    """The provider of office accounts. roles: by role, its groups in lower case; name: on the button, or None."""

    issuer: str
    client_id: str
    client_secret: SecretStr
    roles: dict[str, frozenset[str]]
    name: str | None


class LoginSettings(BaseModel):
    """How people log in. Without the four settings of office accounts there are local passwords only."""

    oidc_issuer: str | None = Field(None, alias="CALLCENTER_OIDC_ISSUER")
    oidc_client_id: str | None = Field(None, alias="CALLCENTER_OIDC_CLIENT_ID")
    oidc_client_secret: Secret | None = Field(None, alias="CALLCENTER_OIDC_CLIENT_SECRET")
    oidc_groups: Annotated[dict[str, frozenset[str]] | None, NoDecode] = Field(None, alias="CALLCENTER_OIDC_GROUPS")
    oidc_name: str | None = Field(None, alias="CALLCENTER_OIDC_NAME", max_length=40)
    local_passwords: Literal["on", "off", "admins"] = Field("on", alias="CALLCENTER_LOCAL_PASSWORDS")
    second_factor: Literal["optional", "required"] = Field("optional", alias="CALLCENTER_SECOND_FACTOR")

    @field_validator("oidc_issuer")
    @classmethod
    def _one_tenant(cls, value: str | None) -> str | None:
        if value is None:
            return None
        issuer = value.removesuffix(_DISCOVERY)
        parts = urlsplit(issuer)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _HERE):
            raise ValueError("must be an https address, such as https://login.microsoftonline.com/TENANT-ID/v2.0")
        if not parts.netloc or parts.query or parts.fragment:
            raise ValueError("must be the issuer's address, such as https://login.microsoftonline.com/TENANT-ID/v2.0")
        if not set(_EVERYBODY).isdisjoint(parts.path.casefold().split("/")):
            raise ValueError("must name your own tenant: with `common` anybody's organisation could log in")
        return issuer

    @field_validator("oidc_groups", mode="before")
    @classmethod
    def _groups_by_role(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        found: dict[str, set[str]] = {}
        for part in filter(None, re.split(r"[\s,]+", value)):
            role, _, group = part.partition("=")
            if role not in _ROLES or not group:
                raise ValueError("must be roles with their groups, such as: lead=GROUP-ID consultant=GROUP-ID")
            found.setdefault(role, set()).add(group.casefold())
        if not found:
            raise ValueError("names no group")
        return {role: frozenset(groups) for role, groups in found.items()}

    @model_validator(mode="after")
    def _whole(self) -> "LoginSettings":
        aliases = {name: str(LoginSettings.model_fields[name].alias) for name in _TOGETHER}
        given = [aliases[name] for name in _TOGETHER if getattr(self, name) is not None]
        missing = [aliases[name] for name in _TOGETHER if getattr(self, name) is None]
        if given and missing:
            raise ValueError(f"{missing[0]} is not set, but {given[0]} is: office accounts need both")
        if missing and self.local_passwords == "off":
            raise ValueError(f"CALLCENTER_LOCAL_PASSWORDS is off, but {missing[0]} is not set: nobody could log in")
        return self

    @property
    def office_accounts(self) -> OfficeAccounts | None:
        """The provider of office accounts, or None when there is none."""
        if not (self.oidc_issuer and self.oidc_client_id and self.oidc_client_secret and self.oidc_groups):
            return None
        return OfficeAccounts(
            self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret, self.oidc_groups, self.oidc_name
        )
