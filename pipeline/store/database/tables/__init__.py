"""Tables of the schema, by subject."""
