"""The law of the treasury: `requests` (who approves which money), `bank_accounts` (what payees are paid to)."""
