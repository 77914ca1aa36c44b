"""Writes of bank statements: `claims`, `uploads` and `lines`."""
