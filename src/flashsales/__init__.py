"""Sales 专场: a brand's goods for a window of time, at frozen prices, in counted units.

Verbs: `schedule`, `put_in`, `take_out`, `publish`, `extend`, `end_early`, `cancel`, `rerun`, `set_limits`, and the sweep `close_ended`;
for orders the units of sale items: the `HOLD` part of the grab's statement, `release`, `sell`, `unsell`.
A sale is open by the clock against its window, never because a job ran (SALE-1). A SKU is in one sale at a time; the database
refuses a second (SALE-2).
Leaves to others: prices and their law (pricing), who buys and pays (orders).
"""
