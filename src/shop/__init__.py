"""The reseller's face: pages for her phone. Pages and forms only; every rule is asked of the app that owns it."""
