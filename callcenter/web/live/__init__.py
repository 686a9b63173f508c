"""Keeps open pages up to date: what changed, when a page is rendered anew, and what a browser is told."""
