"""Passkeys: keys in a person's device that log in without a password (WebAuthn)."""
