"""Reads of after-sales: refunds (`refunds`), cases (`cases`), and the integrity checks (`integrity`)."""
