"""Evidence: presence, specificity, surface and safety, each a long, sourced table."""
