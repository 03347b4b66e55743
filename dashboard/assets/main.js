// Live updates: applies the server's changes to the page, and sends the reader's actions.
// The server escapes foreign text; only its HTML is inserted as HTML.

import { at, localizeTimes, namePage, setList, setPage, setRegion } from "./page.js"
import { setLog, watchLog } from "./log.js"
import { Heartbeat } from "./heartbeat.js"
import { closeDialogs, confirmAction } from "./dialogs.js"
import { placeToast, showToast } from "./toast.js"
import { estimates } from "./estimates.js"
import { coverage } from "./coverage.js"
import { figures } from "./figures.js"
import { figurePoints } from "./figure_points.js"
import { addFilm } from "./add_film.js"
import { apiKeys } from "./api_keys.js"
import { glossary } from "./glossary.js"
import { player } from "./player.js"
import { languageDialog } from "./choose_languages.js"
import { listView, routeQuery } from "./list_view.js"
import { selection } from "./selection.js"
import { review } from "./review.js"
import { serverFilms } from "./server_films.js"
import { revealRow, script, updateRows } from "./script.js"
import { scriptImport } from "./script_import.js"
import { rulesList } from "./rules.js"
import { setup } from "./setup.js"
import { settingsPage } from "./settings.js"
import { takes } from "./takes.js"
import { voices } from "./voices.js"
import { initColorScheme } from "./color_scheme.js"
import { findReplace } from "./find_replace.js"
import { follow } from "./follow.js"
import { shortcuts } from "./shortcuts.js"
import { repaintTimeline, timeline } from "./timeline.js"

/** Components with behaviour; `look` is called after each change of the page. */
const parts = [figures, figurePoints, addFilm, serverFilms, listView, selection, coverage, languageDialog, glossary, player, script, review, timeline, follow, shortcuts, findReplace, estimates, takes, scriptImport, voices, settingsPage, rulesList, apiKeys, setup]

/** Id of the element that the URL's hash names, until it is on the page. */
let sought = location.hash.slice(1)

/** Scroll to the element that the URL names, such as a line of the script, once it is there. */
function showTarget() {
  const found = sought && (revealRow(sought) ?? document.getElementById(sought))
  if (!found) return
  sought = ""
  document.querySelectorAll(".target").forEach((each) => each.classList.remove("target"))
  found.classList.add("target")
  if (!found.closest("#script")) found.scrollIntoView({ block: "center" })
}

/** Position to which the page is scrolled once it is drawn, in px; undefined where it stays. */
let scrollTarget

/** Remember the place on this page, for Back and for the link to the library. */
function keepPlace() {
  history.replaceState({ ...history.state, scroll: scrollY }, "")
  if (at("films")) sessionStorage.setItem("dubarr-list", JSON.stringify({ search: location.search, scroll: scrollY }))
}

/** Scroll to the remembered place, as soon as the page is long enough. */
function restorePlace() {
  if (scrollTarget === undefined || document.documentElement.scrollHeight < scrollTarget + innerHeight) return
  scrollTo(0, scrollTarget)
  scrollTarget = undefined
}

/** Client-side navigation: links, history and search fields change the route without a reload. */
function initNavigation(tell, signal) {
  const go = () => tell({ go: routeQuery() })
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-go]")
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return
    event.preventDefault()
    if (link.href === location.href) return
    keepPlace()
    const list = link.closest(".back") && JSON.parse(sessionStorage.getItem("dubarr-list") ?? "null") // the list as it was left
    scrollTarget = list?.scroll
    history.pushState(null, "", list ? list.search || "./" : link.href)
    sought = location.hash.slice(1)
    showTarget()
    const nav = link.closest("nav")
    if (nav?.classList.contains("pager")) nav.closest("section").scrollIntoView({ block: "start" })
    go()
  }, { signal })
  history.scrollRestoration = "manual" // the browser would scroll before the page is drawn
  addEventListener("popstate", ({ state }) => {
    closeDialogs()
    scrollTarget = state?.scroll
    go()
  }, { signal })
  addEventListener("pagehide", keepPlace, { signal })
  addEventListener("hashchange", () => { sought = location.hash.slice(1); showTarget() }, { signal })
  let waiting
  const find = (form, page = namePage()) => {
    clearTimeout(waiting)
    if (page !== namePage()) return // it was left
    const query = new URLSearchParams(location.search)
    const search = form.elements.search.value.trim()
    search ? query.set("search", search) : query.delete("search")
    query.delete("from")
    history.replaceState(null, "", query.size ? `?${query}` : "./")
    go()
  }
  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form[data-find]")
    clearTimeout(waiting)
    if (form) waiting = setTimeout(find, 250, form, namePage())
  }, { signal })
  document.addEventListener("submit", (event) => {
    if (!event.target.dataset.find) return
    event.preventDefault()
    find(event.target)
  }, { signal })
}

/** Actions on a task; destructive ones are confirmed first. */
function initActions(tell, signal) {
  document.addEventListener("submit", async (event) => {
    const { action, task, ask } = event.target.dataset
    if (!action) return
    event.preventDefault()
    if (ask && !(await confirmAction(event.target))) return
    tell({ action, task: Number(task) })
  }, { signal })
}

/** Set the search fields to the URL's search. */
function showSearch() {
  const search = new URLSearchParams(location.search).get("search") ?? ""
  for (const input of document.querySelectorAll("form[data-find] input[name=search]")) {
    if (input !== document.activeElement) input.value = search
  }
}

/** Connect the page. `model`: Panel's channel. */
export function connect(model) {
  const ending = new AbortController()
  const { signal } = ending
  const tell = (message) => model.send_msg(message)
  const heartbeat = new Heartbeat(tell)
  const page = { tell, showToast, signal }
  const changed = () => { showSearch(); parts.forEach((part) => part.look?.(page)); showTarget(); placeToast() }
  model.on("msg:custom", ({ page: fresh, title, regions = {}, lists = {}, log, toast }) => {
    heartbeat.alive()
    if (fresh) setPage(fresh)
    if (title) document.title = `${title} · Dubarr`
    for (const [id, html] of Object.entries(regions)) setRegion(id, html)
    for (const [id, change] of Object.entries(lists)) id === "script" ? updateRows(change) : setList(id, change)
    if (fresh) watchLog()
    if (log) setLog(log)
    if (toast) showToast(toast)
    if (fresh || Object.keys(regions).length || Object.keys(lists).length) changed()
    restorePlace()
  })
  initNavigation(tell, signal)
  initActions(tell, signal)
  initColorScheme(() => { figures.redraw(); repaintTimeline() }, signal)
  parts.forEach((part) => part.begin?.(page))
  document.addEventListener("visibilitychange", () => heartbeat.woken(), { signal })
  model.document.on_event("connection_lost", () => heartbeat.lose())
  addEventListener("pagehide", () => heartbeat.stop(), { signal }) // leaving the page closes the connection, which is no loss
  addEventListener("pageshow", ({ persisted }) => { if (persisted) location.reload() }, { signal })
  model.on("remove", () => { ending.abort(); heartbeat.stop() })
  localizeTimes(document)
  watchLog()
  changed()
  tell({ hello: routeQuery() })
  document.documentElement.dataset.live = "yes"
}
