"""Brands: who is admitted, on what terms, who works for them, and whether their deposit is in.

Verbs: `apply`, `admit`, `refuse`, `suspend`, `record_deposit`, `add_clerk`, `set_admission_terms`.
Leaves to others: which categories a brand may offer, its goods and stock (inventory), its prices (pricing), what it is owed (settlement).
"""
