"""Notices outside the pages: what the outbox of events holds, sent to people by mail, SMS and WeChat as each of them chose.

The inboxes stay those of `events`. This app reads the outbox, keeps one row per event, person and channel, and sends it. See
docs/rules/notices.md.
"""
