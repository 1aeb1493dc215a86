"""Rank surface antigens for CAR therapies by tumour specificity and safety. For research use only."""

__version__ = "0.1.0"
