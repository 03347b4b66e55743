"""The report of a dub as one self-contained HTML document: readable without a server, scripts or network."""
