// The library page: every film with its audio languages and its dubs, filters, and the dubbing of what is missing.

import { readRoute, drawRow, drawHeader, drawChips, drawPager, PAGE_FILMS } from "./coverage_table.js"
import { confirmAction, requestJson } from "./dialogs.js"
import { at, namePage } from "./page.js"
import { make, nameTargets } from "./settings_fields.js"
import { showToast } from "./toast.js"

const FILMS_PER_REQUEST = 50, FILMS_PER_LISTING = 500
const SCAN_POLL_MS = 1_000, POLL_MS = 15_000

const selected = new Set()
let drawnIn // the table that shows them
let shown // the last answer
let timer
let isBusy = false
let hasScanned = false // by this page: outdated coverage is scanned once

const countFilms = (count) => (count === 1 ? "1 film" : `${count.toLocaleString("en")} films`)
const fail = (error) => showToast({ text: error.message, bad: true })

function query(route, extra = {}) {
  const { page, from, lang, ...rest } = route
  const given = { ...rest, language: lang, limit: PAGE_FILMS, offset: from, ...extra }
  return new URLSearchParams(Object.entries(given).filter(([, value]) => value)).toString()
}

/** Change the page's address. `changes`: fields of the route; an empty value removes one. */
function navigate(changes, { replace = false } = {}) {
  const params = new URLSearchParams({ page: "library", ...readRoute(), from: "", ...changes })
  for (const [name, value] of [...params]) if (!value) params.delete(name)
  history[replace ? "replaceState" : "pushState"](null, "", `?${params}`)
  load()
}

function describeScan(scan) {
  if (!scan) return "Not scanned yet"
  if (scan.running) return scan.total ? `Scanning: ${scan.seen.toLocaleString("en")} of ${countFilms(scan.total)}` : "Scanning …"
  return `Scanned ${new Date(scan.finished_at ?? scan.started_at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" })}`
}

function show() {
  const table = at("coverage")
  if (!table || !shown) return
  const route = readRoute()
  at("coverage-count").textContent = countFilms(shown.total)
  at("coverage-states").replaceChildren(...drawChips(shown.counts, route))
  if (!table.contains(document.activeElement) || !table.tHead.rows.length) table.tHead.replaceChildren(drawHeader(route))
  const focused = table.tBodies[0].contains(document.activeElement) ? document.activeElement.id : ""
  table.tBodies[0].replaceChildren(...shown.films.map((film, n) => drawRow(film, n, selected.has(film.path))))
  if (focused) at(focused)?.focus()
  table.hidden = !shown.films.length
  at("coverage-none").hidden = shown.films.length > 0
  at("coverage-none").textContent = shown.scan?.running ? "The library is being scanned …" : "No films. Change the filters, or set the library folders in the settings."
  at("coverage-pager").replaceChildren(...drawPager(shown.total, Number(route.from) || 0))
  at("coverage-said").textContent = describeScan(shown.scan)
  at("coverage-problems").replaceChildren(...(shown.scan?.problems ?? []).map((text) => make("li", {}, text)))
  at("coverage-problems").hidden = !shown.scan?.problems.length
  at("coverage-scan").disabled = Boolean(shown.scan?.running)
  showSelection()
}

function showSelection() {
  at("coverage-bulk").hidden = !selected.size
  at("coverage-selected").textContent = `${countFilms(selected.size)} selected`
  at("coverage-dub").disabled = at("coverage-all").disabled = isBusy
  const boxes = [...at("coverage").querySelectorAll("input.select")]
  at("coverage-page").checked = boxes.length > 0 && boxes.every((box) => box.checked)
}

async function load() {
  clearTimeout(timer)
  const table = at("coverage")
  if (!table) return
  const route = readRoute()
  try {
    const found = await requestJson(`api/library/coverage?${query(route)}`)
    if (table !== at("coverage") || query(route) !== query(readRoute())) return
    shown = found
    show()
    if (found.outdated && !found.scan?.running && !hasScanned) await scan()
  } catch (error) {
    fail(error)
  }
  clearTimeout(timer)
  if (at("coverage")) timer = setTimeout(() => (document.hidden ? undefined : load()), shown?.scan?.running ? SCAN_POLL_MS : POLL_MS)
}

async function scan() {
  hasScanned = true
  await requestJson("api/library/scan", { method: "POST" }).catch(fail)
  const [table, asked] = [at("coverage"), query(readRoute())]
  const found = await requestJson(`api/library/coverage?${asked}`)
  if (!table || table !== at("coverage") || asked !== query(readRoute())) return
  shown = found
  show()
}

/** Paths of all films of the search that lack a language. */
async function listNeeded() {
  const paths = []
  for (const state of ["needed", "partial"]) {
    for (let offset = 0, total = 1; offset < total; offset += FILMS_PER_LISTING) {
      const page = await requestJson(`api/library/coverage?${query(readRoute(), { state, offset, limit: FILMS_PER_LISTING, sort: "title" })}`)
      paths.push(...page.films.filter(({ wanted }) => wanted.some((each) => each.state === "missing" || each.state === "failed")).map(({ path }) => path))
      total = page.total
    }
  }
  return paths
}

/** Queue films for the languages that they lack, once this is confirmed. */
async function dub(paths) {
  if (!paths.length) return showToast({ text: "No film here lacks a language.", bad: false })
  const ask = "Queue them for the languages that they lack? Other videos come first."
  if (!(await confirmAction({ dataset: { film: countFilms(paths.length), ask, no: "Cancel", yes: "Dub" } }))) return
  let queued = 0, refusal = ""
  for (let n = 0; n < paths.length; n += FILMS_PER_REQUEST) {
    const { queued: count, outcomes } = await requestJson("api/library/dub", { method: "POST", json: { paths: paths.slice(n, n + FILMS_PER_REQUEST) } })
    queued += count
    refusal ||= outcomes.find(({ message }) => message)?.message ?? ""
    if (at("coverage-said")) at("coverage-said").textContent = `Queued ${queued.toLocaleString("en")} of ${countFilms(paths.length)}`
  }
  selected.clear()
  const refused = paths.length - queued
  showToast({ text: `${countFilms(queued)} queued.${refused ? ` ${countFilms(refused)} not: ${refusal}` : ""}`, bad: queued === 0 })
}

/** Run an action with the buttons disabled, and show what it changed. */
async function act(action) {
  if (isBusy) return
  isBusy = true
  showSelection()
  await action().catch(fail)
  isBusy = false
  await load()
}

async function showLanguages() {
  const { targets } = await requestJson("api/languages")
  const language = at("coverage-language")
  language.append(...nameTargets(targets).map(([value, label]) => make("option", { value }, label)))
  language.value = readRoute().lang
}

function click({ target }) {
  const button = target.closest?.(".coverage button")
  if (!button) return
  const { state, sort, from } = button.dataset
  if (state !== undefined) navigate({ state })
  else if (sort) navigate({ sort, order: readRoute().sort === sort && readRoute().order !== "desc" ? "desc" : "" })
  else if (from !== undefined) navigate({ from: from === "0" ? "" : from })
  else if (button.id === "coverage-scan") act(scan)
  else if (button.id === "coverage-dub") act(() => dub([...selected]))
  else if (button.id === "coverage-all") act(async () => dub(await listNeeded()))
  else if (button.id === "coverage-clear") { selected.clear(); show() }
}

function change({ target }) {
  if (target.id === "coverage-language") return navigate({ lang: target.value })
  const boxes = target.id === "coverage-page" ? [...at("coverage").querySelectorAll("input.select")] : target.matches?.(".coverage input.select") ? [target] : []
  for (const box of boxes) {
    box.checked = target.checked
    target.checked ? selected.add(box.value) : selected.delete(box.value)
  }
  if (boxes.length) showSelection()
}

export const coverage = {
  begin({ signal }) {
    let waiting
    document.addEventListener("click", click, { signal })
    document.addEventListener("change", change, { signal })
    document.addEventListener("input", ({ target }) => {
      if (target.form?.id !== "coverage-find") return
      clearTimeout(waiting)
      waiting = setTimeout((page) => { if (page === namePage()) navigate({ search: target.value.trim() }, { replace: true }) }, 250, namePage())
    }, { signal })
    document.addEventListener("submit", (event) => { if (event.target.id === "coverage-find") event.preventDefault() }, { signal })
    addEventListener("popstate", () => { if (at("coverage")) load() }, { signal })
    document.addEventListener("visibilitychange", () => { if (!document.hidden && at("coverage")) load() }, { signal })
  },
  look() {
    if (!at("coverage") || at("coverage") === drawnIn) return
    drawnIn = at("coverage")
    at("coverage-find").elements.search.value = readRoute().search
    showLanguages().catch(fail)
    load()
  },
}
