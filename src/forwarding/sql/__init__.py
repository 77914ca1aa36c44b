"""The SQL of forwarding: `pages` and `prices` read; `visits` writes, and only services call it."""
