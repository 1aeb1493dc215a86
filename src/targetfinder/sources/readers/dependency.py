"""Gene effects of knock-out screens."""
