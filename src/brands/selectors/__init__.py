"""Reads of brands: `brands` reads brands and their clerks, `integrity` has the checks."""
