"""Reads of orders: for resellers (`orders`), ops and finance (`all_orders`), brands (`consignments`), settlement (`sold`)."""
