"""Installation of engines' libraries and model weights, and checks of whether they are ready."""
