"""Database migrations: Alembic's environment, and one file per step in `versions`."""
