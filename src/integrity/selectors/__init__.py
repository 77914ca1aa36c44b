"""Reads of integrity: `checks` runs the checks of all apps, `runs` reads the recorded runs."""
