"""Writes of after-sales: refunds before shipping (`refunds`), cases after it (`cases`)."""
