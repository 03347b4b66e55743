// Table of the library page: its route, rows, header, filters by state, and pages.

import { make } from "./settings_fields.js"

export const PAGE_FILMS = 50
const STATES = { needed: "Needs a dub", partial: "Partial", complete: "Complete", not_wanted: "Not wanted" }
const LANGUAGE_STATES = { audio: "in the film", dub: "dubbed", queued: "queued", processing: "being dubbed", failed: "failed", missing: "missing" }
const COLUMNS = [["title", "Title"], ["state", "State"], ["languages", "Audio"], ["", "Wanted"], ["length", "Length"]]
const names = new Intl.DisplayNames(["en"], { type: "language", fallback: "code" })

function nameLanguage(tag) {
  try {
    return names.of(tag) ?? tag
  } catch {
    return tag
  }
}

/** Fields of the page's address. */
export function readRoute() {
  const params = new URLSearchParams(location.search)
  return Object.fromEntries(["state", "search", "lang", "sort", "order", "from"].map((name) => [name, params.get(name) ?? ""]))
}

function formatLength(seconds) {
  if (seconds === null) return "–"
  const whole = Math.round(seconds)
  const pad = (number) => String(number).padStart(2, "0")
  return `${Math.floor(whole / 3600)}:${pad(Math.floor(whole / 60) % 60)}:${pad(whole % 60)}`
}

/** Row of one film. `n`: its place on the page. */
export function drawRow(film, n, isSelected) {
  const box = make("input", { type: "checkbox", className: "select", id: `coverage-select-${n}`, value: film.path, checked: isSelected, ariaLabel: `Select ${film.title}` })
  const title = film.task === null ? film.title : make("a", { href: `?task=${film.task}` }, film.title)
  if (film.task !== null) title.dataset.go = ""
  const wanted = film.wanted.length
    ? make("ul", { className: "wanted" }, ...film.wanted.map(({ language, state }) => make("li", { dataset: { state } }, `${nameLanguage(language)}: ${LANGUAGE_STATES[state]}`)))
    : make("span", { className: "soft" }, film.reason || "–")
  return make("tr", { dataset: { state: film.state } },
    make("td", {}, box), make("th", { scope: "row", title: film.path }, title),
    make("td", {}, make("span", { className: "state" }, STATES[film.state])),
    make("td", {}, film.languages.map(nameLanguage).join(", ") || "Unknown"),
    make("td", {}, wanted), make("td", { className: "number" }, formatLength(film.duration)))
}

/** Header row, whose buttons sort. */
export function drawHeader({ sort, order }) {
  const cells = COLUMNS.map(([name, label]) => {
    if (!name) return make("th", { scope: "col" }, label)
    const isSorted = name === (sort || "title")
    const arrow = isSorted ? (order === "desc" ? " ↓" : " ↑") : ""
    const cell = make("th", { scope: "col", className: name === "length" ? "number" : "" }, make("button", { type: "button", className: "plain", dataset: { sort: name } }, `${label}${arrow}`))
    if (isSorted) cell.setAttribute("aria-sort", order === "desc" ? "descending" : "ascending")
    return cell
  })
  return make("tr", {}, make("td", {}), ...cells)
}

/** Filters by state, with their numbers of films. */
export function drawChips(counts, { state: chosen }) {
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0)
  return [["", "All", all], ...Object.entries(STATES).map(([state, label]) => [state, label, counts[state] ?? 0])].map(([state, label, count]) => {
    const chip = make("button", { type: "button", className: "chip", dataset: { state } }, `${label} `, make("b", {}, count.toLocaleString("en")))
    chip.setAttribute("aria-pressed", String(state === chosen))
    return chip
  })
}

/** Links to the pages before and after, and the range that is shown; none where one page holds all. */
export function drawPager(total, from) {
  if (total <= PAGE_FILMS) return []
  const button = (place, label, disabled) => make("button", { type: "button", dataset: { from: String(place) }, disabled }, label)
  const last = Math.min(total, from + PAGE_FILMS)
  return [button(Math.max(0, from - PAGE_FILMS), "Previous", from === 0),
    make("span", {}, `${(from + 1).toLocaleString("en")}–${last.toLocaleString("en")} of ${total.toLocaleString("en")}`),
    button(from + PAGE_FILMS, "Next", last >= total)]
}
