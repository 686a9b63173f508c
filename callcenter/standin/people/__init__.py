"""Simulated callers and telephones, and the scripts that they follow."""
