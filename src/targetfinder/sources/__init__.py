"""Sources: the registry of pinned data and one reader per file format."""
