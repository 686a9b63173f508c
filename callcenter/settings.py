"""Typed settings, from the environment or a `.env` file."""

import re
from collections.abc import Mapping
from functools import cached_property
from ipaddress import ip_network
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from callcenter.errors import SettingsError
from callcenter.front.forwarded import LOOPBACK, Network
from callcenter.login_settings import LoginSettings
from callcenter.numbers import parse
from callcenter.stated_secrets import SECRET_MIN, Secret
from callcenter.stated_settings import StatedSource

Kind = TypeVar("Kind", bound="DatabaseSettings")
# Space, or a comma before the scheme of another address.
_BETWEEN_ADDRESSES = re.compile(r"\s*,\s*(?=[a-z][a-z0-9+.-]*://)|\s+", re.IGNORECASE)

# 32 bytes in base64url.
_PUSH_KEY = re.compile(r"[A-Za-z0-9_-]{43}")


class DatabaseSettings(BaseSettings):
    """The settings of commands that need nothing but the database. A blank value is an unset one."""

    # Without the prefix, a field's own name would be read too, and a terminal sets LINES.
    model_config = SettingsConfigDict(
        env_file=".env",
        env_prefix="CALLCENTER_",
        extra="ignore",
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    database_url: str = Field("sqlite:///callcenter.db", alias="CALLCENTER_DATABASE_URL")
    locale: Literal["nl", "en"] = Field("nl", alias="CALLCENTER_LOCALE")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The usual sources in their usual order, without blank values: where one is blank, the next one counts."""
        sources = (init_settings, env_settings, dotenv_settings, file_secret_settings)
        return tuple(StatedSource(settings_cls, source) for source in sources)

    @field_validator("database_url")
    @classmethod
    def _a_database(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("must start with sqlite:/// or postgresql+psycopg://")
        if value in ("sqlite:///", "sqlite:///:memory:"):
            raise ValueError("must name a file: what is kept in memory is lost, and no other process sees it")
        return value


# With half of a pair, Twilio's library would use the auth token, or another region, without a word.
_PAIRS = (("twilio_api_key", "twilio_api_secret"), ("twilio_region", "twilio_edge"))


class Settings(LoginSettings, DatabaseSettings):
    """All settings. The alias is the name in the environment: changing it breaks installations."""

    public_url: str = Field(alias="CALLCENTER_PUBLIC_URL")
    secret_key: Secret = Field(alias="CALLCENTER_SECRET_KEY")
    rota: str | None = Field(None, alias="CALLCENTER_ROTA")
    lines: Annotated[tuple[str, ...], NoDecode] = Field((), alias="CALLCENTER_LINES")
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = Field(LOOPBACK, alias="CALLCENTER_TRUSTED_PROXIES")
    metrics_token: Secret | None = Field(None, alias="CALLCENTER_METRICS_TOKEN")
    prometheus_url: str | None = Field(None, alias="CALLCENTER_PROMETHEUS_URL")
    notify_urls: Annotated[tuple[SecretStr, ...], NoDecode] = Field((), alias="CALLCENTER_NOTIFY_URLS")
    mail_url: SecretStr | None = Field(None, alias="CALLCENTER_MAIL_URL")
    push_private_key: Secret | None = Field(None, alias="CALLCENTER_PUSH_PRIVATE_KEY")
    push_contact: str | None = Field(None, alias="CALLCENTER_PUSH_CONTACT")
    twilio_account_sid: str = Field(alias="TWILIO_ACCOUNT_SID")
    twilio_auth_token: Secret = Field(alias="TWILIO_AUTH_TOKEN")
    twilio_auth_token_secondary: Secret | None = Field(None, alias="TWILIO_AUTH_TOKEN_SECONDARY")
    twilio_api_key: str | None = Field(None, alias="TWILIO_API_KEY")
    twilio_api_secret: Secret | None = Field(None, alias="TWILIO_API_SECRET")
    twilio_api_base_url: str | None = Field(None, alias="TWILIO_API_BASE_URL")
    twilio_region: str | None = Field(None, alias="TWILIO_REGION")
    twilio_edge: str | None = Field(None, alias="TWILIO_EDGE")

    @field_validator("public_url", "twilio_api_base_url", "prometheus_url")
    @classmethod
    def _an_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        wrong = ValueError("must be an address alone, such as https://callcenter.example.nl")
        try:
            parts = urlsplit(value)
            whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            raise wrong from None
        if not whole or parts.query or parts.fragment or parts.username is not None or any(map(str.isspace, value)):
            raise wrong
        return value.rstrip("/")

    @field_validator("mail_url")
    @classmethod
    def _a_mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().lower().startswith(("mailto://", "mailtos://")):
            raise ValueError("must be a mail server as an address of Apprise: mailto://… or mailtos://…")
        return value

    @field_validator("push_private_key")
    @classmethod
    def _a_push_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _PUSH_KEY.fullmatch(value.get_secret_value()):
            raise ValueError("must be a key as `callcenter push keys` makes it")
        return value

    @field_validator("push_contact")
    @classmethod
    def _a_contact(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"(mailto:[^@\s]+@|https://)[^@\s]+", value):
            raise ValueError("must be mailto:… or https://…, where a push service reaches you")
        return value

    @field_validator("twilio_account_sid", "twilio_api_key")
    @classmethod
    def _a_sid(cls, value: str | None) -> str | None:
        if value is not None and len(value.split()) > 1:
            raise ValueError("must be one word: a comment behind it counts as part of it")
        return value

    @field_validator("lines", mode="before")
    @classmethod
    def _numbers(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        numbers = []
        for text in filter(None, (part.strip() for part in value.split(","))):
            number = parse(text)
            if number is None:
                raise ValueError("must be telephone numbers such as +31858880000, separated by commas")
            numbers.append(number)
        return tuple(numbers)

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return tuple(ip_network(text) for text in value.replace(",", " ").split())
        except ValueError:
            raise ValueError("must be addresses or networks such as 10.88.0.0/16, separated by spaces") from None

    @field_validator("notify_urls", mode="before")
    @classmethod
    def _addresses(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        # An address may hold commas. Equal addresses are one channel.
        return tuple(dict.fromkeys(filter(None, (part.strip(",") for part in _BETWEEN_ADDRESSES.split(value)))))

    @model_validator(mode="after")
    def _both_or_neither(self) -> "Settings":
        for one, other in _PAIRS:
            if (getattr(self, one) is None) != (getattr(self, other) is None):
                fields = type(self).model_fields
                names = [fields[name].alias for name in (one, other)]
                stated, missing = names if getattr(self, other) is None else reversed(names)
                raise ValueError(f"{missing} is not set, but {stated} is: set both or neither")
        return self

    @cached_property
    def auth_tokens(self) -> tuple[str, ...]:
        """The tokens that a webhook's signature may be made with. There are two while a token is being replaced."""
        tokens = (self.twilio_auth_token, self.twilio_auth_token_secondary)
        return tuple(token.get_secret_value() for token in tokens if token is not None)


def load_settings() -> Settings:
    """Load all settings. Raises SettingsError with one line that names the first invalid setting."""
    return _loaded(Settings)


def load_database_settings() -> DatabaseSettings:
    """Load the database settings alone. Raises SettingsError with one line."""
    return _loaded(DatabaseSettings)


def fault_of(name: str, value: str) -> str | None:
    """Why a setting of this name cannot have this value, in one line that does not show it; None when it can."""
    try:
        Settings(**{name: value}, _env_file=None)  # type: ignore[arg-type]
    except ValidationError as error:
        for found in error.errors(include_input=False, include_url=False):
            if found["loc"] and found["loc"][0] == name:
                return _words(found)
    return None


def _loaded(kind: type[Kind]) -> Kind:
    try:
        return kind()
    except ValidationError as error:
        raise SettingsError(_one_line(error)) from None
    except UnicodeDecodeError:
        raise SettingsError(".env is not UTF-8: save it as UTF-8") from None


def _one_line(error: ValidationError) -> str:
    return _words(error.errors(include_input=False, include_url=False)[0])


def _words(first: Mapping[str, Any]) -> str:
    text = str(first["msg"]).removeprefix("Value error, ")
    if not first["loc"]:
        return text  # about two settings, and names them
    name = str(first["loc"][0])
    if first["type"] == "missing":
        return f"{name} is not set: set it in the environment or in .env"
    if first["type"] == "too_short":
        return f"{name} is too short: a secret has at least {SECRET_MIN} characters"
    return f"{name}: {text}"
