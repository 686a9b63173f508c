"""The job that ends what an erasure left in the database's files because somebody was reading them."""

from sqlalchemy.orm import Session, sessionmaker

from callcenter.privacy.files import clean_files

# The job tries again soon, so it does not wait.
_PATIENCE_S = 0.0


def run(sessions: sessionmaker[Session]) -> bool:
    """Clean the files if that is still to be done. Returns whether nothing is left to do."""
    return clean_files(sessions, _PATIENCE_S)
