"""Writes of pricing: the rules of ops, refused where a price would break a rule, their drafts, and the freezing of price lists."""
