"""Writes of settlement: `statements` from the draft to the end, `disputes`, `payouts`, and `many` for one act over many statements."""
