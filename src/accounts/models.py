from typing import ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from accounts.rules import SIGN_IN_ROLES


class Person(AbstractBaseUser):
    """Somebody who signs in, with exactly one role."""

    login = models.CharField(max_length=64, unique=True, help_text="phone number or a chosen name, in lower case")
    name = models.CharField(max_length=80)
    role = models.CharField(max_length=10, choices=[(role.value, role.value) for role in SIGN_IN_ROLES])
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

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


class ApiToken(models.Model):
    """A key for programs. Only its SHA-256 is kept; the token itself is shown once."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="tokens")
    label = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.label} of {self.person_id}"


class AuditEntry(models.Model):
    """Who did what to which thing, when, under which request. Never changed, never deleted."""

    at = models.DateTimeField()
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=10)
    verb = models.CharField(max_length=80)
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
        return f"{self.verb} {self.subject_kind}:{self.subject_id}"
