"""Reconciliation lists that brands upload: received, read, matched with a statement, compared, disputed (SETTLE-13)."""
