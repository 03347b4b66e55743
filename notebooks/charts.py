"""An empty figure as these pages like it: wide, without a toolbar, its title a sentence that says what is drawn."""

from typing import Any

from bokeh.plotting import figure


def chart(title: str, *, height: int = 280, **options: Any) -> figure:
    """A figure to draw into. `options`: what Bokeh's own takes, such as `x_range`."""
    return figure(title=title, height=height, sizing_mode="stretch_width", toolbar_location=None, **options)
