"""`./dubarr library`: the command, its display, and the process of its Ray Data pipeline."""
