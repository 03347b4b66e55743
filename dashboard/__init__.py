"""The dashboard: views draw, the feed fetches, the app arranges. The same views serve the web page and the notebooks."""
