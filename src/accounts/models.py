from typing import ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from accounts.rules import SIGN_IN_ROLES, CodeResetState


class Person(AbstractBaseUser):
    """Somebody who signs in, with exactly one role."""

    login = models.CharField(max_length=64, unique=True, help_text="phone number or a chosen name, in lower case")
    name = models.CharField(max_length=80)
    role = models.CharField(max_length=10, choices=[(role.value, role.value) for role in SIGN_IN_ROLES])
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    session_version = models.PositiveIntegerField(
        default=0,
        db_default=0,
        help_text="a session stores the version that it began with; a new version ends all sessions",
    )
    deactivated_at = models.DateTimeField(null=True)
    deactivated_by = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    deactivation_reason = models.CharField(max_length=200, blank=True, default="", db_default="")
    closed_at = models.DateTimeField(null=True, help_text="when her account was closed: she is not reactivated")

    objects: ClassVar[BaseUserManager[Self]] = BaseUserManager()

    USERNAME_FIELD = "login"

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(login=Lower("login")), name="person_login_lower"),
            models.CheckConstraint(
                condition=models.Q(role__in=[role.value for role in SIGN_IN_ROLES]), name="person_role_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.login} ({self.role})"

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session is compared with. Not the hash of the password: it changes when it is only replaced by a better method."""
        value = f"{self.pk}:{self.session_version}"
        return salted_hmac("accounts.session", value, secret=secret, algorithm="sha256").hexdigest()


class ApiToken(models.Model):
    """A key for programs. Only its SHA-256 is stored; the token itself is shown once."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="tokens")
    label = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.label} of {self.person_id}"


class PasswordLink(models.Model):
    """A link with which somebody sets a new password, once. Only the SHA-256 of its secret is stored."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="password_links")
    digest = models.CharField(max_length=64, unique=True)
    issued_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, help_text="used, or replaced by a later link or another change")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(used_at=None) | models.Q(ended_at__isnull=False), name="password_link_used_is_ended"
            ),
        )


class CodeDevice(models.Model):
    """The device that shows one-time codes to a person who approves payments (ACCOUNT-9). Secrets are encrypted."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="code_device")
    secret = models.CharField(
        max_length=300, blank=True, help_text="of the device in use; empty until one is confirmed"
    )
    confirmed_at = models.DateTimeField(null=True)
    usable_from = models.DateTimeField(null=True, help_text="before it, no payment is approved with its codes")
    last_step = models.BigIntegerField(default=0, help_text="the step of the last code used; earlier ones are refused")
    pending_secret = models.CharField(max_length=300, blank=True, help_text="of a device that is being set up")
    pending_at = models.DateTimeField(null=True)
    reset_at = models.DateTimeField(null=True, help_text="when the device before this one was removed by two people")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(secret="", confirmed_at=None, usable_from=None)
                | (~models.Q(secret="") & models.Q(confirmed_at__isnull=False, usable_from__isnull=False)),
                name="code_device_confirmed",
            ),
            models.CheckConstraint(
                condition=models.Q(pending_secret="", pending_at=None)
                | (~models.Q(pending_secret="") & models.Q(pending_at__isnull=False)),
                name="code_device_pending",
            ),
        )


class RecoveryCode(models.Model):
    """A code that works once in place of the device. Only its SHA-256 is stored."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class CodeReset(models.Model):
    """One person asks that somebody's device and recovery codes are removed; another decides (ACCOUNT-12)."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="code_resets")
    state = models.CharField(max_length=10, choices=[(each.value, each.value) for each in CodeResetState])
    reason = models.CharField(max_length=200)
    requested_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    decided_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(state=CodeResetState.WAITING.value, decided_by=None, decided_at=None)
                | (
                    ~models.Q(state=CodeResetState.WAITING.value)
                    & models.Q(decided_by__isnull=False, decided_at__isnull=False)
                ),
                name="code_reset_decided",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=CodeResetState.APPROVED.value)
                | (
                    ~models.Q(decided_by=models.F("requested_by"))
                    & ~models.Q(decided_by=models.F("person"))
                    & ~models.Q(requested_by=models.F("person"))
                ),
                name="code_reset_two_others",
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=models.Q(state=CodeResetState.WAITING.value),
                name="code_reset_one_waiting",
            ),
        )


class AttemptCount(models.Model):
    """How many attempts somebody made since an instant; see `services.attempts`. The key, a hash, reveals neither login nor address."""

    key = models.CharField(max_length=64, primary_key=True)
    since = models.DateTimeField(db_index=True)
    attempts = models.PositiveIntegerField()


class AuditEntry(models.Model):
    """Who did what to which row, when, and in which request. Append-only."""

    at = models.DateTimeField()
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=10)
    action = models.CharField(max_length=80)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    details = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = (
            models.Index(fields=["subject_kind", "subject_id", "id"], name="audit_by_subject"),
            models.Index(fields=["person", "id"], name="audit_by_person"),
        )

    def __str__(self) -> str:
        return f"{self.action} {self.subject_kind}:{self.subject_id}"
