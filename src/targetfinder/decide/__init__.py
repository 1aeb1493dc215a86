"""Decision: rank targets on two axes, efficacy and safety."""
