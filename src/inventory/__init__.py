"""Goods and stock: categories, styles, SKUs, and every movement of a quantity.

Verbs: `move` (how other rooms change quantities), `set_brand_categories`, `adjust`; and the uploads of stock workbooks:
`receive_upload`, `answer_upload`, `zero_absent`, `commit_upload`, `cancel_upload`, `undo_upload`, `stock_template`. A worker reads
(`services.reading`), judges what the rows say (`services.judging`), stages the preview by sets (`services.staging`, `services.meeting`), marks the
copy (`services.marking`) and sizes pictures (`services.pictures`).
`Sku.on_hand` is what the brand has, `Sku.allotted` what of it is bound to sales and not yet sold; both are the sums of their movements,
which `StockLedger` has all of: those of a landed upload are its list of changes.
Leaves to others: prices (pricing), selling (flashsales), reading workbooks (imports).
"""
