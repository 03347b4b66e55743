"""Actions on tasks, as forms of pages send them."""
