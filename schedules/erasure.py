"""The job that ends what an erasure left in the database's files because somebody was reading them."""

from sqlalchemy.orm import Session, sessionmaker

from callcenter.privacy.files import clean_files


def run(sessions: sessionmaker[Session]) -> bool:
    """Clean the files if that is still to be done, without waiting. Returns whether nothing is left to do."""
    return clean_files(sessions)
