"""The reports for analysts, notebooks and programs: `read` returns any of them as a pandas DataFrame."""

from redaction.reporting.frames import Agency, read
from redaction.reporting.kinds import list_reports

__all__ = ["Agency", "list_reports", "read"]
