"""Cohorts: bring tumour data into one common shape and say what was seen."""
