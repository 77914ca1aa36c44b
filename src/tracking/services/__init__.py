"""Services of tracking, by step: the account, registering waybills, asking for them, recording what is reported.

`kuaidi100` holds the formats of the tracking service and `client` asks it over HTTP.
"""
