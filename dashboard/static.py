"""Static files of the page (scripts, styles), revalidated by ETag at each load, so that an upgrade shows at once."""

from typing import Any

from starlette.responses import Response
from starlette.staticfiles import StaticFiles


class Assets(StaticFiles):
    """Static files with `Cache-Control: no-cache`."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """The file, or 304 Not Modified."""
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response
