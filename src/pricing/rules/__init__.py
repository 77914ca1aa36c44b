"""The price rules, PRICE-1 … of docs/rules/pricing.md, as pure functions: no database, no clock, integer fen."""
