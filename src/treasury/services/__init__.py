"""Writes of money requests: `entering` and `deciding`."""
