"""Routes of the API's documentation: the interactive page, and the kinds of problems."""
