"""Reads of membership: who a reseller is, where she stands and stood, what the next turn will do, and what breaks an invariant."""
