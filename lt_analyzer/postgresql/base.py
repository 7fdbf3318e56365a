"""Django's PostgreSQL backend, whose connections stand where the open scope says (see `wall.py`).

Where a connection stands is remembered and told to the server only when it changes. PostgreSQL
takes back what was set in a transaction, or after a savepoint, that is rolled back: then it is
unknown here too, and told again. The settings belong to the session, hence a pooler that gives
each transaction another session (PgBouncer's transaction pooling) cannot stand between; our own
pool gives a session to one thread at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.db.backends.postgresql import base, creation, operations
from django.db.backends.postgresql.schema import DatabaseSchemaEditor
from psycopg.pq import TransactionStatus

from lt_analyzer.postgresql.wall import Standing, as_owner, wanted


class OwnersEditor(DatabaseSchemaEditor):
    """Tables are made and changed by their owner."""

    def __enter__(self) -> OwnersEditor:
        self._owner = ExitStack()
        self._owner.enter_context(as_owner())
        super().__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        with self._owner:
            super().__exit__(*error)


class Operations(operations.DatabaseOperations):
    def execute_sql_flush(self, sql_list: Iterable[str]) -> None:
        with as_owner():  # TRUNCATE
            super().execute_sql_flush(sql_list)


class Creation(creation.DatabaseCreation):
    """Of the databases for tests."""

    def create_test_db(self, *args: Any, **kwargs: Any) -> str:
        with as_owner():
            return super().create_test_db(*args, **kwargs)


class DatabaseWrapper(base.DatabaseWrapper):
    SchemaEditorClass = OwnersEditor
    ops_class = Operations
    creation_class = Creation

    stands: Standing | None = None  # None: unknown

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Runs inside Django's own wrapping, so that counts of queries do not see it.
        self.execute_wrappers.append(self._walled)

    def _walled(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any
    ) -> Any:
        self.stand()
        return execute(sql, params, many, context)

    def stand(self) -> None:
        """Make the session stand where the scope says."""
        here = wanted()
        if here == self.stands or self._is_broken():
            return
        with self.wrap_database_errors, self.connection.cursor() as cursor:
            cursor.execute(here.sql)
        self.stands = here

    def _is_broken(self) -> bool:
        """Until it is rolled back, the transaction refuses everything, this too."""
        status: TransactionStatus = self.connection.info.transaction_status
        return status == TransactionStatus.INERROR

    @contextmanager
    def _nodb_cursor(self) -> Iterator[Any]:
        """Databases are made and dropped by who owns them."""
        with as_owner(), super()._nodb_cursor() as cursor:
            yield cursor

    def init_connection_state(self) -> None:
        self.stands = None
        super().init_connection_state()

    def _rollback(self) -> None:
        self.stands = None
        super()._rollback()  # type: ignore[misc]

    def _savepoint_rollback(self, sid: str) -> None:
        try:
            super()._savepoint_rollback(sid)  # type: ignore[misc]
        finally:
            self.stands = None

    def _close(self) -> None:
        self.stands = None
        super()._close()  # type: ignore[misc]
