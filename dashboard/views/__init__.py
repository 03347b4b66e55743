"""Views: pure functions from values to HTML. Whatever they show of a film, an error or a log is escaped by `Markup.format`."""
