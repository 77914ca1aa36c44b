"""The freight terms of a sale, as one part of the statements that read offers."""

HAS_FREIGHT = "(f.first_fen > 0 OR f.surcharges <> '[]' OR f.no_delivery <> '{}')"
"""Whether the terms in the row `f` say anything about shipping (SALE-18, SALE-23)."""

FREIGHT_TERMS = f"""CASE WHEN {HAS_FREIGHT} THEN jsonb_build_object('first_fen', f.first_fen, 'further_fen', f.further_fen,
           'free_from_fen', f.free_from_fen, 'free_from_units', f.free_from_units, 'surcharges', f.surcharges,
           'no_delivery', f.no_delivery) END"""
"""The terms in the row `f` as JSON, null where shipping is free to everywhere."""
