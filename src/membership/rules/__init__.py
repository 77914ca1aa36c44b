"""The rules of membership, GROWTH-1 … of docs/rules/membership.md. Pure: no database, no clock, whole numbers only."""
