"""The stages of a dub, one verb per file. They never import each other; `pipeline/dub.py` puts them in order."""
