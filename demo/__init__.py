"""The whole service on one machine, with the demo scenario played in it over HTTP, as people use the service."""
