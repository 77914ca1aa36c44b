"""Reads of analysis: figures of brands, sales, tiers and cohorts, the lines behind a figure, and the checks."""
