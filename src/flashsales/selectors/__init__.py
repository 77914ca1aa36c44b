"""Reads of sales: for ops and brands (`sales`), for resellers (`goods`), and the integrity checks (`integrity`)."""
