"""Lists of tasks: the query of a page with its filter and order, and bulk actions with their outcomes."""
