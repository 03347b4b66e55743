"""Bokeh charts of the notebooks: an empty figure of full width, with a title and without a toolbar."""

from typing import Any

from bokeh.plotting import figure


def create_chart(title: str, *, height: int = 280, **options: Any) -> figure:
    """A figure to draw into. `options`: what Bokeh's own takes, such as `x_range`."""
    return figure(title=title, height=height, sizing_mode="stretch_width", toolbar_location=None, **options)
