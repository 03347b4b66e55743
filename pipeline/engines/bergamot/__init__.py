"""Bergamot's student models and the routes over them: the network in NumPy, sentence splitting, post-editing rules for Spanish that was translated through Portuguese."""
