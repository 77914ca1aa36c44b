"""Money that reaches the platform through payment providers: WeChat Pay and Alipay behind one port (docs/rules/payments.md).

It knows the owner of a wallet and no orders: what a payment pays besides the wallet is done above, by `orders`.
"""
