"""Demo: a small tumour and atlas with planted truth, in the formats that the pipeline reads."""
