"""The brand's own workbook back with its faults marked in it; where that cannot be, a workbook of the faulty rows (IMPORT-16)."""

from imports.annotated_copy.annotate import SUMMARY_SHEET, mark
from imports.annotated_copy.template import template

__all__ = ["SUMMARY_SHEET", "mark", "template"]
