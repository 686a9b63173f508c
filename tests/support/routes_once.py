"""Compiles each address of an app once in a test process, since the tests make thousands of apps with the same ones."""

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule


def compile_routes_once() -> None:
    """Let all apps of this process share the compiled parts of their addresses.

    Compiling them takes most of the time in which Flask makes an app. Werkzeug compiles a function that depends on
    the address's parts and defaults alone, and gets the rest through `self`.
    """
    compile_builder: Callable[[Rule, bool], Any] = Rule._compile_builder
    known: dict[object, Any] = {}

    def builder(rule: Rule, append_unknown: bool = True) -> Any:
        defaults = tuple(sorted((rule.defaults or {}).items()))
        key = append_unknown, tuple(rule._trace), defaults
        if key not in known:
            known[key] = compile_builder(rule, append_unknown)
        return known[key]

    Rule._compile_builder = builder  # type: ignore[method-assign,assignment]
