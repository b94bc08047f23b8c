"""AWS Glue: the tables of the data catalog and who may use it."""

from __future__ import annotations

from typing import ClassVar

from auditor.calls import call
from auditor.typed import Resource, at, evidence, parent
from auditor.wiring import listed


@evidence
class CatalogDatabase(Resource):
    """A database of the data catalog."""

    type_name: ClassVar = "AWS::Glue::Database"
    arn_format: ClassVar = "arn:{partition}:glue:{region}:{account}:database/{database}"
    database: str = at("Name")


@evidence
class CatalogTable(Resource):
    """A table of the data catalog."""

    type_name: ClassVar = "AWS::Glue::Table"
    arn_format: ClassVar = "arn:{partition}:glue:{region}:{account}:table/{database}/{table}"
    database: str = parent("database")
    table: str = at("Name")
    location: str | None = at("StorageDescriptor.Location")
    """An S3 URI; None for views."""


catalog_databases = listed(CatalogDatabase, call("glue", "GetDatabases", page=100), "DatabaseList[]")
catalog_tables = listed(
    CatalogTable,
    call("glue", "GetTables", absent="EntityNotFoundException", page=100),
    "TableList[]",
    of=CatalogDatabase,
    DatabaseName="database",
)
