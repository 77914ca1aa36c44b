"""The brand's own workbook back with its faults marked in it; where that cannot be, a workbook of the faulty rows (IMPORT-16)."""
