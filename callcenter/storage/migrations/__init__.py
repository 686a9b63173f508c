"""How does the database change from release to release? Alembic's environment, and one file per step in `versions`."""
