"""The second factor of logins with a local password: a code of six digits from a telephone."""
