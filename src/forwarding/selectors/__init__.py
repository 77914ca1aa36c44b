"""Reads of forwarding: retail prices (`prices`), forwards and their page (`forwards`), wishes (`wishes`)."""
