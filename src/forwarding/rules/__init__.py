"""The law of forwarding (see docs/rules/forwarding.md): what customers see, wishes, retail prices."""
