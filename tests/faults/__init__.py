"""Faults: real processes of the whole service, a load that keeps its own journal, what is done to the processes, and a judge."""
