"""Lists of engines in one role: fallback by language, and the choice between two translations of a line."""
