"""Takes that users make, choose and keep."""
