"""References: fetch pinned sources, read them, and build one bundle of normal tissue, surface and gene tables."""
