"""Bank statements as Chinese banks export them: lines with amounts, and lines that cannot be read (docs/rules/bank-statements.md)."""
