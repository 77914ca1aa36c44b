"""Writes of accounts: `people`, `sign_in`, `passwords`, `tokens`, counting of attempts (`attempts`), the audit trail (`audit`)."""
