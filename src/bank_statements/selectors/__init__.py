"""Reads of bank statements: `claims`, `uploads`, `lines`, `candidates`; `integrity` has the checks."""
