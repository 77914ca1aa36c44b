"""After-sales 售后: refunds before shipping, and cases in which shipped units are returned and refunded.

Services before shipping: `refund_unshipped` (ops), `report_out_of_stock` (the brand). Services of a case 售后单: `open_case`, `approve`,
`reject`, `send_back`, `receive`, `receive_and_refund`, `refund_only`, `withdraw`, and the periodic `expire_overdue`.
Other apps own the money, stock and growth of a refund (orders) and statements (settlement).
"""
