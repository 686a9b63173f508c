"""A test that needs a system package which is not installed is skipped; in CI it fails."""

import os
from typing import NoReturn

import pytest


def in_ci() -> bool:
    """Whether this run is CI, in which no test may be skipped for a missing package."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false", "no")


def missing(package: str) -> NoReturn:
    """Skip the test because a system package is not installed; fail it in CI."""
    reason = f"{package} is not installed: sh tests/support/system_packages.sh"
    if in_ci():
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
