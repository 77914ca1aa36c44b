"""Writes of notices: from the outbox, sending, what people choose, and the ports of the channels."""
