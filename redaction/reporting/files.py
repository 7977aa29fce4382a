"""A report as a file: CSV that no spreadsheet reads as formulas, Parquet with its types, JSON with its description."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from redaction.db.session import Row
from redaction.extras import needs
from redaction.sheet import write_csv

if TYPE_CHECKING:
    import pandas as pd


def list_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a report as plain values: days as dates, None for missing or unknown values."""
    values = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(name): value.date() if name == "day" else value for name, value in row.items()} for row in values]


def write_report_csv(frame: pd.DataFrame) -> bytes:
    """Return a report as CSV (UTF-8) with a header."""
    rows: list[Row] = list(list_rows(frame))
    return write_csv(rows, list(frame.columns))


def write_parquet(frame: pd.DataFrame) -> bytes:
    """Return a report as Parquet, the local day as a date; raises ExtraMissing."""
    with needs("pages", "Parquet"):
        import pyarrow
        from pyarrow import parquet

    table = pyarrow.Table.from_pandas(frame, preserve_index=False)
    if "day" in frame:
        at = table.schema.get_field_index("day")
        table = table.set_column(at, "day", table["day"].cast(pyarrow.date32()))
    sink = io.BytesIO()
    parquet.write_table(table, sink)
    return sink.getvalue()


def as_json(frame: pd.DataFrame) -> dict[str, Any]:
    """Return the description of a report, and its rows."""
    return {**{str(name): said for name, said in frame.attrs.items()}, "rows": list_rows(frame)}
