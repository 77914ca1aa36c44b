"""The freight terms of a sale, as one part of the statements that read offers."""

FREIGHT_TERMS = """CASE WHEN f.first_fen > 0 THEN jsonb_build_object('first_fen', f.first_fen, 'further_fen', f.further_fen,
           'free_from_fen', f.free_from_fen, 'free_from_units', f.free_from_units) END"""
"""The terms in the row `f` as JSON, null where shipping is free (SALE-18)."""
