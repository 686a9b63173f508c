"""What is one unit of work? A transaction whose rows SQLAlchemy need not watch before it is asked for more.

Watching each row, and keeping a session's own account of a transaction, takes as long as the statements of a short
step of a call. Such a step loads its few rows by prepared statements and writes back what it changed; only the steps
that ask SQLAlchemy for objects pay for its account of them.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session, SessionTransaction

from callcenter.storage.changes import write_changes, write_rows
from callcenter.storage.kept import begin_to_keep, changed_rows, is_watched, let_watch
from callcenter.storage.later import write_now


class UnitOfWork(Session):
    """A session whose transaction begins with its first question. While all are prepared statements, on `connection()`,
    it is a bare connection, and the rows loaded are kept as in `storage.kept`. Asked for anything else it becomes a
    session like any other, in the same transaction and with the same rows."""

    def __init__(self, bind: Engine, **options: Any) -> None:
        super().__init__(bind, join_transaction_mode="control_fully", **options)
        self._engine = bind
        self._own: Connection | None = None  # begun by ourselves, and to be closed by ourselves
        self._at_hand: Connection | None = None  # a step of a call asks for it ten times
        self._was_watched = False

    def connection(self, *arguments: Any, **options: Any) -> Connection:
        """The connection of the transaction under way, which begins with it. execution_options: of the transaction, for
        the first that asks."""
        if self._at_hand is not None and not arguments and not options:
            return self._at_hand
        if self._is_bare or self.in_transaction() or arguments or len(self.identity_map):
            self._at_hand = super().connection(*arguments, **options)
        else:
            self._at_hand = self._begin_bare(**options)
        return self._at_hand

    @property
    def _is_bare(self) -> bool:
        return not is_watched(self)

    def _begin_bare(self, execution_options: dict[str, Any] | None = None) -> Connection:
        connection = self._engine.connect()
        try:
            if execution_options:
                connection = connection.execution_options(**execution_options)
            connection.begin()
        except BaseException:
            connection.close()
            raise
        self._own = self.bind = connection
        begin_to_keep(self)
        return connection

    def _become_watched(self) -> None:
        self._was_watched = True
        if self._is_bare:
            # Joined at once: a session that asks nothing more would commit nothing of what was done before.
            self._at_hand = super().connection()
            write_rows(self, changed_rows(self))
            write_now(self)  # before the question or the savepoint that is the reason
            let_watch(self)

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Write what was changed."""
        if self._is_bare and changed_rows(self):
            self.begin()  # watched from now on, which writes it
        super().flush(objects)

    def begin_nested(self) -> SessionTransaction:
        """A savepoint, after what was to be written before it."""
        write_now(self)
        nested = super().begin_nested()
        self._at_hand = None  # asked for next, it begins the savepoint
        return nested

    def commit(self) -> None:
        """Write what is left to be written and commit."""
        if not self.in_transaction():
            write_changes(self)
            self.dispatch.before_commit(self)  # may be the first that asks something
        if self.in_transaction():
            super().commit()
            return
        if self._own is not None:
            self._own.commit()
        self._let_go()

    def rollback(self) -> None:
        """Give up what was done."""
        if self._is_bare:
            self._let_go()
        else:
            super().rollback()

    def close(self) -> None:
        """Give the connection back; what was not committed is rolled back."""
        if self._is_bare:
            self._let_go()
        if self._was_watched:
            super().close()

    def _let_go(self) -> None:
        """The transaction is over, whatever became of it."""
        self.info.clear()
        own, self._own = self._own, None
        self._at_hand, self.bind = None, self._engine
        if own is not None:
            own.close()


@event.listens_for(UnitOfWork, "after_transaction_create")
def _begun(session: UnitOfWork, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session._become_watched()


@event.listens_for(UnitOfWork, "after_transaction_end")
def _ended(session: UnitOfWork, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session._let_go()
