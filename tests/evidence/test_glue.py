from auditor.evidence.glue import CatalogDatabase, CatalogTable
from auditor.testing import gathered, made

DATABASE = made(CatalogDatabase, Name="audit")


def test_a_table_with_its_location() -> None:
    answer = {
        "TableList": [{"Name": "trail", "StorageDescriptor": {"Location": "s3://audit/AWSLogs"}}, {"Name": "view"}]
    }
    table, view = gathered(CatalogTable, DATABASE, GetTables=answer)
    assert table.location == "s3://audit/AWSLogs"
    assert table.arn == "arn:aws:glue:eu-west-1:123456789012:table/audit/trail"
    assert view.location is None
    assert DATABASE.arn == "arn:aws:glue:eu-west-1:123456789012:database/audit"
