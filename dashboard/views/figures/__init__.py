"""Figures: pure functions from values to Bokeh models, the same on the page and in notebooks.

Each takes a `Scheme`, is as wide as its place, and answers None where there is nothing to draw. `told` says the same in
sentences, for whoever cannot see them. Names, texts and errors stay words: Bokeh escapes them.
"""
