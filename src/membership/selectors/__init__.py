"""Reads of membership: resellers and their codes, tiers, roll-overs, and the checks of the invariants."""
