"""Reads of pricing: rules, previews and frozen lists of prices, explanations, effects of rules, and the integrity checks."""
