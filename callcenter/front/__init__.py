"""Receives requests and sends answers, so that a slow or hostile client takes no thread and little memory."""
