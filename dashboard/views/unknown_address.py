"""Page of an unknown address, for browsers: it names the address and links to the pages that there are."""

from html import escape

from pipeline.control_characters import escape_control_characters

MAX_SHOWN_CHARS = 200
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Not found · Dubarr</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<link rel="icon" href="/favicon.ico"><link rel="stylesheet" href="/assets/1-page.css"></head>
<body><header class="top"><a class="brand" href="/"><span class="logo" aria-hidden="true"></span>Dubarr</a></header>
<main><section class="card"><h1>Not found</h1><p>There is no page at <code>{path}</code>.</p>
<p><a href="/">Dubs</a> · <a href="/?page=library">Library</a> · <a href="/?page=system">System</a> · <a href="/openapi.json">API description</a></p></section></main></body></html>
"""


def draw_not_found_page(path: str) -> str:
    """HTML of the page. `path`: of the request, from a stranger."""
    return PAGE.format(path=escape(escape_control_characters(path[:MAX_SHOWN_CHARS])))
