"""Bergamot's student models and the routes over them: the network in NumPy, sentence handling, mends of a pivot's Spanish."""
