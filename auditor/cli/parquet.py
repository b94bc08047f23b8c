"""Rows as a Parquet file, by DuckDB: the extra `analytics` brings it, and nothing else needs it."""

from __future__ import annotations

import csv
import importlib
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from auditor.errors import UsageError

_NULL = "\\N"


def write_parquet(path: Path, columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write the rows, whole or not at all, with the columns' types in DuckDB's words."""
    duckdb = _duckdb()
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".auditor-") as folder:
            source, made = Path(folder) / "rows.csv", Path(folder) / "rows.parquet"
            _write_csv(source, columns, rows)
            _convert(duckdb, source, made, columns)
            made.replace(path)
    except OSError as error:
        raise UsageError(f"--parquet {path}: cannot write there: {error.strerror or error}") from None


def _duckdb() -> Any:
    try:
        return importlib.import_module("duckdb")
    except ImportError:
        raise UsageError("--parquet needs DuckDB: pip install 'auditor[analytics]'") from None


def _write_csv(path: Path, columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]]) -> None:
    """A file in between: DuckDB reads one far faster than it takes rows one by one."""
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerows([_NULL if row[name] is None else row[name] for name in columns] for row in rows)


def _convert(duckdb: Any, source: Path, made: Path, columns: Mapping[str, str]) -> None:
    connection = duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"})  # no network
    try:
        relation = connection.read_csv(
            str(source),
            header=False,
            columns=dict(columns),
            auto_detect=False,
            delimiter=",",
            quotechar='"',
            escapechar='"',
            na_values=_NULL,
            allow_quoted_nulls=True,
        )
        relation.write_parquet(str(made))
    except duckdb.Error as error:
        raise UsageError(f"DuckDB cannot write Parquet: {str(error).partition(chr(10))[0]}") from None
    finally:
        connection.close()
