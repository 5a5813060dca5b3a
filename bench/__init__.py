"""The bench: sessile beside its peers, on one machine, in one run."""
