"""Reads of account closings: `closings`, `open_things`, `integrity`."""
