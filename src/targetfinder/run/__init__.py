"""Run: check the parameters of a run before any work starts, and plan it."""
