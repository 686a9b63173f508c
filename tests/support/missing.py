"""What happens to a test whose program is not on this machine? Skipped at a desk, failed in CI."""

import os
from typing import NoReturn

import pytest


def in_ci() -> bool:
    """Whether this run must leave nothing out."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false", "no")


def missing(package: str) -> NoReturn:
    """End the test because a system package is not installed."""
    reason = f"{package} is not installed: sh tests/support/system_packages.sh"
    if in_ci():
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
