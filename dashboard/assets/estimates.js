// Estimates of edited lines while typing, by the synthesizer: characters a second, and the seconds that are left or over.

import { requestJson } from "./dialogs.js"
import { at } from "./page.js"

const DEBOUNCE_MS = 350
const SAY_AFTER_MS = 900 // of silence on the keyboard: a screen reader is not interrupted at every letter
const ASK_AGAIN_MS = 5000 // while the synthesizer works for a dub
const MAX_TEXTS = 20 // of one request

const known = new Map() // line → { stamp, shown, verdict } of its last estimate
const asked = new Map() // line → stamp (language, text and speaker) that was asked last: the latest wins
const waiting = new Set() // rows that were typed in since the last question
let timer, sayTimer

const film = () => at("film")?.dataset.task
const language = () => at("about")?.firstElementChild?.dataset.language
const seconds = (value) => `${Math.abs(value).toFixed(1)} s`
const isChanged = (field) => field.value !== field.defaultValue
const fieldOf = (row) => row.querySelector("textarea[name=text]")

/** Speaker of a row where it was changed, which changes the voice. */
function speakerOf(row) {
  const field = row.querySelector("select[name=speaker]")
  return field && ![...field.options].find((option) => option.selected)?.defaultSelected ? field.value : undefined
}

const stampOf = (row) => [film(), language(), speakerOf(row) ?? "", fieldOf(row).value].join("\n")
const isEdited = (row) => Number(row.dataset.line) > 0 && fieldOf(row) && (isChanged(fieldOf(row)) || speakerOf(row) !== undefined)

/** Sentence about an estimate. */
function describe({ verdict, left, available, seconds: natural, rate, characters_per_second: speed }) {
  if (verdict === "nothing_speakable") return "Nothing to speak: write words, or keep the original audio."
  const pace = `${Math.round(speed)} characters/s`
  if (verdict === "too_long") return `Far too long: ${seconds(natural - available)} more than there is, ${rate.toFixed(1)}× the natural pace. Shorten it.`
  if (verdict === "short") return `${pace} · ${seconds(left)} left: short, it leaves a silence`
  return left >= -0.05 ? `${pace} · ${seconds(Math.max(0, left))} left` : `${pace} · ${seconds(left)} over`
}

function show(row) {
  const place = row.querySelector(".estimate")
  if (!place) return
  const latest = known.get(row.dataset.line)
  const found = isEdited(row) && latest?.stamp === stampOf(row) ? latest : undefined
  place.hidden = !found
  place.textContent = found?.shown ?? ""
  place.dataset.verdict = found?.verdict ?? ""
}

function say(text) {
  const place = at("estimate-said") ?? document.body.appendChild(Object.assign(document.createElement("p"), { id: "estimate-said", className: "vh", role: "status" }))
  if (place.textContent !== text) place.textContent = text
}

async function ask(rows) {
  const tag = language()
  const texts = rows.slice(0, MAX_TEXTS).map((row) => ({ number: Number(row.dataset.line), language: tag, text: fieldOf(row).value, speaker: speakerOf(row) }))
  const stamps = rows.slice(0, MAX_TEXTS).map(stampOf)
  texts.forEach(({ number }, n) => asked.set(String(number), stamps[n]))
  const answer = await requestJson(`api/tasks/${film()}/estimate`, { method: "POST", json: { texts } }).catch(() => null)
  if (!answer || tag !== language()) return
  answer.estimates.forEach((estimate, n) => {
    const line = String(estimate.number)
    if (asked.get(line) !== stamps[n]) return // somebody typed on
    const rough = estimate.estimated_by === "synthesizer" || estimate.verdict === "nothing_speakable" ? "" : " (rough estimate)"
    known.set(line, { stamp: stamps[n], shown: describe(estimate) + rough, verdict: estimate.verdict })
    const row = at(`script-${line}`)
    if (!row) return
    show(row)
    clearTimeout(sayTimer)
    if (row.contains(document.activeElement)) sayTimer = setTimeout(() => say(`Line ${line}: ${known.get(line).shown}`), SAY_AFTER_MS)
    if (answer.busy) setTimeout(() => { if (asked.get(line) === stamps[n] && row.contains(document.activeElement)) ask([row]) }, ASK_AGAIN_MS)
  })
}

const schedule = (row) => {
  waiting.add(row)
  clearTimeout(timer)
  timer = setTimeout(() => {
    const rows = [...waiting].filter((each) => each.isConnected)
    waiting.clear()
    if (rows.length) ask(rows)
  }, DEBOUNCE_MS)
}

export const estimates = {
  begin({ signal }) {
    const changed = ({ target }) => {
      const row = target.closest?.("#script > tr[data-line]")
      if (!row || !["text", "speaker"].includes(target.name)) return
      if (isEdited(row)) schedule(row)
      else show(row)
    }
    document.addEventListener("input", changed, { signal })
    document.addEventListener("change", changed, { signal })
  },
  /** Drafts that were kept through a reload are estimated again, and what a page turn brought back is shown. */
  look() {
    const rows = [...document.querySelectorAll("#script > tr[data-line]")]
    rows.forEach(show)
    const unknown = rows.filter((row) => isEdited(row) && asked.get(row.dataset.line) !== stampOf(row))
    if (unknown.length && language()) ask(unknown)
  },
}
