"""Writes of analysis: `rollups` counts days and sales again; `cohorts` and `workbooks` use pandas and run in the worker only."""
