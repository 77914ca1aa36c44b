"""What people chose and what was sent to them, and the integrity checks."""
