"""Writes of sales: `planning` (draft to published), `running` (extend, end, cancel, close), `units` (what orders do to sale items)."""
