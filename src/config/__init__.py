"""The house put together: settings, addresses, the API's refusals, Celery. The only room that knows all others."""
