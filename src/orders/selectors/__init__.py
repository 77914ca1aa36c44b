"""Reads of orders: for resellers (`orders`), for brands and ops (`consignments`), and the integrity checks (`integrity`)."""
