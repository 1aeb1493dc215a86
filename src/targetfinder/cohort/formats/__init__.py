"""One reader per format of a user's own tumours: a path and options in, a `Matrix` or a stream of cells out."""
