"""Tracking: what carriers report of waybills, through the tracking service kuaidi100 (TRACK-1 to TRACK-8, see docs/rules/tracking.md).

This app knows waybills and their events. It does not know what they carry or for whom: orders name the waybills of their parcels and
take over the status. Without an account at kuaidi100 nothing is asked.
"""
