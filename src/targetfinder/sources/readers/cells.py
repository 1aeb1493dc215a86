"""Atlases of single cells, streamed from h5ad."""
