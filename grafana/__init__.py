"""Dashboards as code, and example configuration and rules for Prometheus."""
