"""Protein in normal tissues: stained cells and mass spectrometry."""
