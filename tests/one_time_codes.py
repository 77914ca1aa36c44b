"""One-time codes of people whose device a test does not ask about."""

from datetime import datetime, timedelta

from accounts.models import CodeDevice
from accounts.rules import Actor, accepted_steps
from accounts.services import totp


def one_time_code(actor: Actor, *, now: datetime) -> str:
    """A good code of this person, who gets a device where she has none. Several codes for one instant do not stand in each other's way."""
    row = CodeDevice.objects.filter(person_id=actor.own_id).first()
    if row is None:
        secret = totp.encrypt_secret(totp.new_secret(), person_id=actor.own_id)
        before = now - timedelta(days=1)
        row = CodeDevice.objects.create(person_id=actor.own_id, secret=secret, confirmed_at=before, usable_from=before)
    steps = accepted_steps(now, after_step=row.last_step)
    if not steps:
        CodeDevice.objects.filter(pk=row.pk).update(last_step=0)
        steps = accepted_steps(now, after_step=0)
    return totp.code_at(totp.decrypt_secret(row.secret, person_id=actor.own_id), min(steps))
