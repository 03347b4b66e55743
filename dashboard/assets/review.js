// Review of a dub's lines one at a time, by one key each. Verdicts are sent while the next line is shown already; fixes become drafts.

import { requestJson } from "./dialogs.js"
import { countDrafts, listDrafts, openDrafts, setDrafts } from "./drafts.js"
import { at } from "./page.js"

const KEYS = { a: "accepted", f: "fix", s: "skipped", u: "back", o: "source", d: "take" }
const unsaved = new Map() // line -> { dub, verdict, row } of its latest verdict that the server has not confirmed
let sending = Promise.resolve()
let decided = [] // cards of the shown dub with a verdict of this page, the last one to be taken back first
let shownDub

const film = () => at("film")?.dataset.task
const language = () => at("about")?.firstElementChild?.dataset.language
const dub = () => `${film()} ${language()}`
const current = () => at("queue")?.querySelector("li[data-line]")
const isTyping = (element) => Boolean(element?.closest?.("input:not([type=checkbox], [type=range]), textarea, select, [contenteditable]"))

/** Save verdicts, in the order in which they were given: one request at a time. `row`: the card of a single line. */
function put(reviews, row) {
  const [path, json] = [`api/tasks/${film()}/reviews`, { language: language(), reviews }]
  const latest = reviews.map(({ number, verdict }) => [number, { dub: dub(), verdict, row }])
  for (const [number, each] of latest) unsaved.set(number, each)
  const send = () => requestJson(path, { method: "PUT", json }).finally(() => {
    for (const [number, each] of latest) if (unsaved.get(number) === each) unsaved.delete(number)
  })
  return (sending = sending.then(send, send))
}

/** Show what was decided on this page where the server drew the cards before it knew. */
function showUnsaved() {
  for (const [number, { dub: reviewed, verdict, row }] of unsaved) {
    if (reviewed !== dub()) continue
    if (verdict) at(`queue-${number}`)?.remove()
    else if (row && !at(row.id)) returnCard(row)
  }
}

function returnCard(row) {
  at("queue-none")?.remove()
  at("queue").prepend(row)
}

function showNext() {
  const row = current()
  if (row) row.focus({ preventScroll: false })
  else at("review").focus()
}

async function decide(row, verdict, page) {
  const [number, text, reviewed] = [Number(row.dataset.line), row.dataset.text, dub()]
  decided.push(row)
  row.remove()
  showNext()
  try {
    await put([{ number, verdict, text }], row)
  } catch (error) {
    if (at("queue") && reviewed === dub()) {
      returnCard(row)
      decided = decided.filter((each) => each !== row)
    }
    page.showToast({ text: error.message, bad: true })
  }
  page.tell({ refresh: true })
}

/** Take the last verdict back: its line is the next one again. */
async function takeBack(page) {
  const row = decided.pop()
  if (!row) return page.showToast({ text: "There is no verdict of this page to take back.", bad: false })
  if (!at(row.id)) returnCard(row)
  showNext()
  await put([{ number: Number(row.dataset.line), verdict: null }], row).catch((error) => page.showToast({ text: error.message, bad: true }))
  page.tell({ refresh: true })
}

/** Keep the text of the field as a draft of the script, which is saved on the Dub tab. */
function keepFix(field, page) {
  const row = field.closest("li[data-line]")
  const text = field.value.trim()
  if (!text || text === row.dataset.text) {
    return page.showToast({ text: text ? "The text is as it was: accept it, or change it." : "A translation cannot be empty.", bad: true })
  }
  openDrafts(film(), language())
  setDrafts({ [row.dataset.line]: { ...listDrafts()[row.dataset.line], text } }, { label: `Fix of line ${row.dataset.line}`, revision: Number(at("about").firstElementChild.dataset.revision) })
  showFixed()
  decide(row, "fixed", page)
}

/** Show how many lines of this dub have drafts: the fixes of this page, and what else is not saved. */
function showFixed() {
  const place = at("review-drafts")
  if (!place) return
  openDrafts(film(), language())
  const fixed = countDrafts()
  if (place.dataset.count === String(fixed)) return
  place.dataset.count = String(fixed)
  if (!fixed) return place.replaceChildren()
  const link = Object.assign(document.createElement("a"), { href: at("about").firstElementChild.dataset.script, textContent: "Save and re-dub on the Dub tab" })
  link.dataset.go = ""
  place.replaceChildren(`${fixed} changed ${fixed === 1 ? "line is" : "lines are"} not saved yet. `, link)
}

function run(name, page) {
  const row = current()
  if (name === "back") return takeBack(page)
  if (!row) return undefined
  const field = row.querySelector("[name=text]")
  if (name === "fix") return document.activeElement === field ? keepFix(field, page) : field.focus()
  if (name === "source" || name === "take") return row.querySelector(`[data-hear=${name}]`)?.click()
  return decide(row, name, page)
}

function handleKey(event, page) {
  if (!at("queue") || event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return
  if (event.target.closest?.("#queue [name=text]")) {
    if (event.key === "Enter" && !event.shiftKey) keepFix(event.target, page)
    else if (event.key === "Escape") event.target.closest("li").focus()
    else return
    return event.preventDefault()
  }
  const name = KEYS[event.key.toLowerCase()]
  const isOff = localStorage.getItem("dubarr-single-keys") === "off"
  if (!name || isOff || event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTyping(event.target)) return
  event.preventDefault()
  run(name, page)
}

export const review = {
  begin(page) {
    document.addEventListener("keydown", (event) => handleKey(event, page), { signal: page.signal })
    document.addEventListener("click", async (event) => {
      const button = event.target.closest?.("#review button")
      if (button?.dataset.review) {
        const field = button.closest("li").querySelector("[name=text]")
        const isChanged = field.value.trim() !== button.closest("li").dataset.text
        if (button.dataset.review === "fix" && isChanged) keepFix(field, page)
        else run(button.dataset.review, page)
      }
      if (button?.dataset.reviewAgain) {
        const numbers = button.dataset.reviewAgain.split(" ").map(Number)
        await put(numbers.map((number) => ({ number, verdict: null }))).catch((error) => page.showToast({ text: error.message, bad: true }))
        page.tell({ refresh: true })
      }
    }, { signal: page.signal })
  },
  look() {
    if (!at("queue") || shownDub !== dub()) decided = []
    shownDub = dub()
    if (!at("queue")) return
    showUnsaved()
    showFixed()
    const idle = document.activeElement === document.body || document.activeElement === at("page") || document.activeElement === at("review")
    if (idle && current()) current().focus({ preventScroll: true })
  },
}
