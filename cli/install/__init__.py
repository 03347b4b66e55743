"""Installation: engines' libraries, model weights, and what of them is ready."""
