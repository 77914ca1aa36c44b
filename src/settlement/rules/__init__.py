"""The rules of settlement: `statements` has the life and the sums of a statement, `disputes` what a brand disputes of it."""
