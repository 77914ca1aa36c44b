"""What a company runs the service with: configuration files, units, images. `docs/deploy/` tells the order; `nox -s fleet` runs them."""
