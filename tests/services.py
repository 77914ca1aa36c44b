"""Loaded by pytest before Django reads its settings (`-p tests.services` in pyproject.toml)."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
