"""Samples of GTEx, streamed from one large gct."""
