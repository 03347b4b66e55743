"""Figures: pure functions from values to Bokeh models, the same on the page and in notebooks.

Each takes a `Scheme`, fills the width of its container, and returns None without content. `alt_text` describes them in
sentences, for screen readers. Names, texts and errors are plain text: Bokeh escapes them.
"""
