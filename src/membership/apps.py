"""The start of the app: invalid or forbidden terms of invitation stop it."""

from django.apps import AppConfig
from django.conf import settings

from membership.rules.invitations import InvitationTerms


class MembershipConfig(AppConfig):
    name = "membership"

    def ready(self) -> None:
        InvitationTerms.of(getattr(settings, "INVITATION_TERMS", {}))
