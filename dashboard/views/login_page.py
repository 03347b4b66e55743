"""Login page: a form that works without scripts, with the names and hints that password managers look for."""

from html import escape

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Log in · Dubarr</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<style>
:root {{ color-scheme: light dark; --page: #f4f6f8; --card: #fff; --text: #1b2733; --soft: #52606d; --line: #8795a1; --accent: #1f4e79; --on: #fff; --bad: #a61b1b; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --page: #12181f; --card: #1b242e; --text: #e6ebf0; --soft: #a9b5c1; --line: #66788a; --accent: #8ec1f0; --on: #10202f; --bad: #ff9d9d; }}
}}
* {{ box-sizing: border-box; }}
body {{ margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }}
main {{ width: min(22rem, 100%); padding: 1.6rem; border-radius: .8rem; background: var(--card); box-shadow: 0 1px 6px rgb(0 0 0 / .2); }}
h1 {{ margin: 0 0 1rem; font-size: 1.4rem; }}
form {{ display: grid; gap: .9rem; }}
label {{ display: grid; gap: .25rem; }}
input, button {{ font: inherit; padding: .55rem .7rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--page); color: var(--text); }}
button {{ border-color: var(--accent); background: var(--accent); color: var(--on); font-weight: 600; cursor: pointer; }}
:focus-visible {{ outline: 2px solid var(--accent); outline-offset: 2px; }}
p {{ margin: 1rem 0 0; color: var(--soft); font-size: .9rem; }} p.error {{ margin: 0; color: var(--bad); font-size: 1rem; }}
</style></head>
<body><main><h1>Dubarr</h1>
<form method="post" action="/login">{error}<input type="hidden" name="next" value="{target}">
<label>User <input name="username" autocomplete="username" required maxlength="200" autocapitalize="none" spellcheck="false"{user_focus} value="{user}"></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required maxlength="1000"{password_focus}></label>
<button type="submit">Log in</button></form>
<p>User and password are API_USER and API_PASS. Without them the service made a password: it is in the file <code>credentials</code> of its data folder.</p>
</main></body></html>
"""
ERROR = '<p class="error" role="alert" id="login-error">{}</p>'


def draw_login_page(target: str, *, user: str = "", error: str = "") -> str:
    """HTML of the page. `target`: path to go to after the login; `error`: the reason why the last login failed."""
    focus = (" autofocus", "") if not user else ("", " autofocus")
    shown = ERROR.format(escape(error)) if error else ""
    return PAGE.format(target=escape(target), user=escape(user), error=shown, user_focus=focus[0], password_focus=focus[1])
