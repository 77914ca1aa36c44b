"""The settings of the service with one more endpoint, which does nothing: what a request costs by itself."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "bench._opening_urls"
