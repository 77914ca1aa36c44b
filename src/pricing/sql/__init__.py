"""The SQL of pricing: one function for each statement. `quotes` repeats the rules of `pricing.rules` as statements over sets of SKUs."""
