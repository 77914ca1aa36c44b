"""A run of the job that turns events into notices and sends what is due."""

from collections.abc import Callable
from datetime import datetime, timedelta

from notices.rules import Channel, OutcomeKind
from notices.services.channels import Senders, channels_on
from notices.services.outbox import BATCH, write_notices
from notices.services.sending import claim_next, record_outcome, recover_lost

RUNS_FOR = timedelta(seconds=45)
"""A run ends after this time; what is left is due at the next one."""

Clock = Callable[[], datetime]


def deliver(*, clock: Clock) -> int:
    """Write the notices of new events and send what is due; returns how many messages providers took.

    Any number of workers may run it, and each may be killed at any point: a position moves with its notices, and a claim runs out.
    A channel whose provider does not take our account is left alone for the rest of the run.
    """
    ends_at = clock() + RUNS_FOR
    recover_lost(now=clock())
    while write_notices(now=clock()) == BATCH:
        pass
    sent, channels, is_on = 0, set(Channel), channels_on()
    with Senders() as senders:
        while channels and clock() < ends_at:
            claim = claim_next(channels=channels, is_on=is_on, now=clock())
            if claim is None:
                break
            outcome = senders.send(claim)
            record_outcome(claim=claim, outcome=outcome, now=clock())
            sent += outcome.kind is OutcomeKind.SENT
            if outcome.kind is OutcomeKind.ACCOUNT:
                channels.discard(claim.channel)
    return sent
