"""The readings of all kinds of sheets."""

from __future__ import annotations

from imports.record_sheet.reading import RecordReading
from imports.stock_sheet.rows import Reading

AnyReading = Reading | RecordReading
