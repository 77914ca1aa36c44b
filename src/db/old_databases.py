"""Databases from before the first release: their migrations were replaced by one initial migration per app, and no data had to survive."""

from collections.abc import Collection

FRESH_DEMO = "python3 noxfile.py -s demo -- --fresh"
OLD_DATABASE = (
    "This database was made by a version of Weicang from before its first release, which this version cannot migrate. "
    f"Begin with an empty database; for the demo: {FRESH_DEMO}"
)

Migration = tuple[str, str]


def is_from_before_the_first_release(applied: Collection[Migration], known: Collection[Migration]) -> bool:
    """Whether migrations of an app were applied, but not the initial one that the app has now."""
    apps_applied = {app for app, _ in applied}
    return any(name == "0001_initial" and app in apps_applied and (app, name) not in applied for app, name in known)
