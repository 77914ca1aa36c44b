"""Writes of payments: `starting`, `booking`, `callbacks` and `following`; `wechat_pay` and the port it fills."""
