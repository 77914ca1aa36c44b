"""Writes of pricing: the rules of ops, refused where they are entered if they break a law, and the freeze of a price list."""
