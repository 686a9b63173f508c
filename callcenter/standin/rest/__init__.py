"""Twilio's REST API, as a WSGI application or as an in-process HTTP client."""
