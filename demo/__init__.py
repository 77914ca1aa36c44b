"""The whole service on one machine, with the walk of the goods played in it. Reaches the service as people do: by HTTP."""
