"""Writes of forwarding: retail prices (`prices`), forwards (`forwards`), wishes of customers (`wishes`)."""
