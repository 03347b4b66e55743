"""The dashboard: queries fetch, view models carry, views draw, the app wires. The same figures serve the page and notebooks."""
