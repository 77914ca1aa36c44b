"""The law of invoices: `titles` (to whom), `amounts` (how much), `states` (what may happen to a request)."""
