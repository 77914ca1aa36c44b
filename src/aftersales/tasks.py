"""Nudges of after-sales."""

from celery import shared_task

from accounts.rules import SYSTEM
from aftersales.services import cases, rewards
from kernel import clock


@shared_task
def grant_due_rewards() -> int:
    """Grant the rewards of invitations whose orders can no longer go back."""
    return rewards.grant_due_rewards(actor=SYSTEM, now=clock.now())


@shared_task
def expire_overdue() -> int:
    """End agreements whose goods were not sent back in time."""
    return cases.expire_overdue(now=clock.now())
