"""Statements that are given rows find what they name by an index, however much else is stored."""

import importlib
import pkgutil
import sqlite3

import pytest
from sqlalchemy import make_url

import adapter.store
from adapter.store.sql import GivenRows

ON_POSTGRESQL_ALONE = {"_move_given", "_delete_keys", "_delete_deliveries"}


def _statements():
    for module in pkgutil.iter_modules(adapter.store.__path__, "adapter.store."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, GivenRows) and name not in ON_POSTGRESQL_ALONE:
                yield pytest.param(value, id=f"{module.name.rpartition('.')[2]}.{name}")


@pytest.mark.parametrize("statement", list(_statements()))
def test_no_table_of_a_file_is_read_whole(statement, sqlite_url):
    text, names = statement.for_sqlite

    connection = sqlite3.connect(make_url(sqlite_url).database)
    given = ["[]" if name == "given_rows" else 0 for name in names]
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", given)]
    connection.close()

    whole = [step for step in plan if step.startswith("SCAN") or "AUTOMATIC" in step]
    assert [step for step in whole if step not in {"SCAN given", "SCAN CONSTANT ROW"}] == [
        step for step in whole if "VIRTUAL TABLE" in step
    ]
