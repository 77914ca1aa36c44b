"""Reads of sales: for ops and brands (`sales`), for resellers (`styles`), and the integrity checks (`integrity`)."""
