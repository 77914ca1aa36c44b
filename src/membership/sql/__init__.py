"""The statements of membership: one function each, with typed parameters. Those that write are called by services only."""
