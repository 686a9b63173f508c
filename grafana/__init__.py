"""Dashboards as code, and what Prometheus needs beside them."""
