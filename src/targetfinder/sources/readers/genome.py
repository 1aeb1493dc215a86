"""Gene models."""
