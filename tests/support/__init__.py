"""Helpers that many tests share: servers, fresh databases, a browser, builders."""
