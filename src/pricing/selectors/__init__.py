"""Reads of pricing: the rules that hold, prices before and after the freeze, why a price is what it is, and what breaks a law."""
