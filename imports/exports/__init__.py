"""Lists as files, written while they are read: a workbook (.xlsx) or a text file (.csv) of any length in bounded memory."""
