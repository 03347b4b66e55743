"""Task lists: queries of the task table. Read only."""
