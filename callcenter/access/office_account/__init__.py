"""Log-in with the account that people have at the office, by OpenID Connect."""
