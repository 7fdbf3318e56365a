"""Migrations of the wall. On other databases they do nothing."""

from __future__ import annotations

from typing import Any

from django.core.management import CommandError
from django.db import DatabaseError, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation

from lt_analyzer.postgresql.wall import APP, SYSTEM, TEAMS

# The roles belong to the whole server, and another database may be making them at this moment.
_TRIES = 5

_FUNCTION = f"""
CREATE OR REPLACE FUNCTION lt_teams() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT string_to_array(coalesce(current_setting('{TEAMS}', true), ''), ',')::uuid[] $$
"""
_GRANTS = """
GRANT USAGE ON SCHEMA {schema} TO {roles};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {roles};
GRANT SELECT, USAGE, UPDATE ON ALL SEQUENCES IN SCHEMA {schema} TO {roles};
ALTER DEFAULT PRIVILEGES IN SCHEMA {schema}
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {roles};
ALTER DEFAULT PRIVILEGES IN SCHEMA {schema}
    GRANT SELECT, USAGE, UPDATE ON SEQUENCES TO {roles};
"""
_REVOKES = """
ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} REVOKE ALL ON TABLES FROM {roles};
ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} REVOKE ALL ON SEQUENCES FROM {roles};
REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {roles};
REVOKE ALL ON ALL SEQUENCES IN SCHEMA {schema} FROM {roles};
REVOKE USAGE ON SCHEMA {schema} FROM {roles};
DROP FUNCTION lt_teams();
"""
# Looked up once a statement, not once a row; the doubled brackets make it an array, not a query.
_OWN = "{column} = ANY ((SELECT lt_teams())::uuid[])"


class _OnPostgreSQL(Operation):
    """Says SQL, and knows no models."""

    reduces_to_sql = True

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def database_forwards(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, before: Any, after: Any
    ) -> None:
        if editor.connection.vendor == "postgresql":
            self.forwards(editor)

    def database_backwards(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, before: Any, after: Any
    ) -> None:
        if editor.connection.vendor == "postgresql":
            self.backwards(editor)

    def forwards(self, editor: BaseDatabaseSchemaEditor) -> None:
        raise NotImplementedError

    def backwards(self, editor: BaseDatabaseSchemaEditor) -> None:
        raise NotImplementedError


class MakeRoles(_OnPostgreSQL):
    """The roles, what they may do with tables of today and tomorrow, and whose rows are whose.
    Backwards leaves the roles: they are the server's, and other databases may use them."""

    def describe(self) -> str:
        return "Make the roles of the application"

    def forwards(self, editor: BaseDatabaseSchemaEditor) -> None:
        if not editor.collect_sql:
            make_roles(editor.connection)
        editor.execute(_FUNCTION, None)
        _run(editor, _GRANTS)

    def backwards(self, editor: BaseDatabaseSchemaEditor) -> None:
        _run(editor, _REVOKES)


def _run(editor: BaseDatabaseSchemaEditor, script: str) -> None:
    script = script.format(schema=_schema(editor.connection), roles=f"{APP}, {SYSTEM}")
    for statement in script.strip().rstrip(";").split(";\n"):
        editor.execute(statement, None)


def make_roles(connection: Any) -> None:
    """Make what is missing, or stop with what somebody else has to do."""
    for _try in range(_TRIES):
        missing = _missing(connection)
        if not missing:
            return
        try:
            with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
                for statement in missing:
                    cursor.execute(statement)
        except DatabaseError as error:
            refused = error
    if _missing(connection):
        raise CommandError(_please(_missing(connection))) from refused


def _missing(connection: Any) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", [[APP, SYSTEM]])
        there = {name for (name,) in cursor.fetchall()}
        cursor.execute("SELECT quote_ident(current_user), current_setting('server_version_num')")
        login, version = cursor.fetchone()
        # Before 16, every member may take the role of what it is a member of.
        right = "SET" if int(version) >= 160_000 else "MEMBER"
        made = [f"CREATE ROLE {role} NOLOGIN" for role in (APP, SYSTEM) if role not in there]
        for role in (APP, SYSTEM):
            if role in there:
                cursor.execute("SELECT pg_has_role(current_user, %s, %s)", [role, right])
                if cursor.fetchone()[0]:
                    continue
            made.append(f"GRANT {role} TO {login}")
    return made


def _please(statements: list[str]) -> str:
    lines = "".join(f"    {statement};\n" for statement in statements)
    return (
        "The login of DATABASE_URL may not make the roles that keep teams apart. Have an "
        f"administrator of the PostgreSQL server run this, then migrate again:\n\n{lines}"
    )


def _schema(connection: Any) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_schema())")
        return str(cursor.fetchone()[0])


class KeepToTeams(_OnPostgreSQL):
    """`lt_app` reads and writes rows of its teams in this table, `lt_system` every row. A row
    without a team is the system's; `shared` ones may be read by all."""

    def __init__(self, table: str, column: str = "team_id", *, shared: bool = False) -> None:
        self.table, self.column, self.shared = table, column, shared

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.table, self.column], {"shared": self.shared}

    def describe(self) -> str:
        return f"Keep rows of {self.table} to their teams"

    def forwards(self, editor: BaseDatabaseSchemaEditor) -> None:
        own = _OWN.format(column=self.column)
        editor.execute(f"ALTER TABLE {self.table} ENABLE ROW LEVEL SECURITY", None)
        editor.execute(f"CREATE POLICY lt_team ON {self.table} TO {APP} USING ({own})", None)
        editor.execute(f"CREATE POLICY lt_system ON {self.table} TO {SYSTEM} USING (true)", None)
        if self.shared:
            editor.execute(
                f"CREATE POLICY lt_shared ON {self.table} FOR SELECT TO {APP} "
                f"USING ({self.column} IS NULL)",
                None,
            )

    def backwards(self, editor: BaseDatabaseSchemaEditor) -> None:
        for policy in ("lt_team", "lt_system", "lt_shared"):
            editor.execute(f"DROP POLICY IF EXISTS {policy} ON {self.table}", None)
        editor.execute(f"ALTER TABLE {self.table} DISABLE ROW LEVEL SECURITY", None)


class ReadOnlyToTeams(_OnPostgreSQL):
    """Only the system writes this table; no policy reads it, for it is the same for all."""

    def __init__(self, table: str) -> None:
        self.table = table

    def describe(self) -> str:
        return f"Leave {self.table} to the system"

    def forwards(self, editor: BaseDatabaseSchemaEditor) -> None:
        editor.execute(f"REVOKE INSERT, UPDATE, DELETE ON {self.table} FROM {APP}", None)

    def backwards(self, editor: BaseDatabaseSchemaEditor) -> None:
        editor.execute(f"GRANT INSERT, UPDATE, DELETE ON {self.table} TO {APP}", None)
