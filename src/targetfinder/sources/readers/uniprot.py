"""UniProt entries: topology and what else is said of a protein."""
