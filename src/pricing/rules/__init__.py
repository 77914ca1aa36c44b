"""The law of prices, PRICE-1 … of docs/rules/pricing.md. Pure: no database, no clock, integer fen."""
