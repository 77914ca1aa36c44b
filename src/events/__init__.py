"""What happened, written by each app in the transaction of the change: an outbox that inboxes read, and later other channels.

A service calls `events.services.publish`. People read their inbox with `events.selectors`; the faces and the API say whose inbox it is,
because this app knows neither resellers nor brands.
"""
