// Takes of a line: made anew in other renditions, paces, wordings or voices, heard, and one of them chosen; a line's lock; auditions.

import { playClip, stopClip } from "./audio_clips.js"
import { requestJson } from "./dialogs.js"
import { showToast } from "./toast.js"
import { at } from "./page.js"

const DIALOG = `<form method="dialog"><h2 id="takes-title"></h2>
<label class="field">Text <textarea id="takes-text" rows="2" maxlength="2000"></textarea></label>
<div class="takes-options"><label class="field">Voice <select id="takes-voice"></select></label>
<label class="field">Pace <select id="takes-pace"><option value="0.85">Much slower</option><option value="0.92">Slower</option>
<option value="" selected>As planned</option><option value="1.08">Faster</option><option value="1.18">Much faster</option></select></label>
<label class="field">Vary <select id="takes-vary"><option value="auto" selected>Automatic</option><option value="rendition">Rendition</option>
<option value="pace">Pace</option><option value="wording">Wording</option></select></label>
<button type="button" class="primary" id="takes-make">Make takes</button></div>
<p id="takes-said" role="status"></p><ul class="takes" id="takes-list" aria-label="Takes"></ul>
<div class="send"><button value="no">Close</button></div></form>`
const film = () => at("film")?.dataset.task
const language = () => at("about")?.firstElementChild?.dataset.language
const element = (name, attributes, ...children) => {
  const made = Object.assign(document.createElement(name), attributes)
  made.append(...children)
  return made
}

let shown = null // { path, film, language, line } of the open dialog
let sending = Promise.resolve()
const locks = new Map() // line's path and language → { locked } as it was asked for last, until it is saved

function openedDialog() {
  const found = at("takes")
  if (found) return found
  const made = element("dialog", { id: "takes", innerHTML: DIALOG })
  made.setAttribute("aria-labelledby", "takes-title")
  made.addEventListener("close", stopClip)
  return document.body.appendChild(made)
}

/** Round trip of a take, in words. */
function describeRoundTrip({ heard, wer }) {
  if (wer === null) return "not checked"
  return wer === 0 ? "understood word for word" : `${Math.round(100 * wer)} % of words misheard: “${heard}”`
}

function drawTake(take) {
  const facts = `${take.varied} · ${take.seconds.toFixed(1)} s · ${take.rate.toFixed(2)}× · ${describeRoundTrip(take)}`
  const play = element("button", { type: "button", textContent: "Play" })
  play.dataset.takeAudio = take.id
  play.setAttribute("aria-label", `Play take ${take.id}, ${take.varied}`)
  const choose = element("button", { type: "button", textContent: take.chosen ? "Chosen" : "Choose", className: take.chosen ? "" : "primary" })
  choose.dataset.takeChoose = take.id
  choose.setAttribute("aria-pressed", String(take.chosen))
  choose.setAttribute("aria-label", `Choose take ${take.id}, ${take.varied}`)
  const text = element("p", { textContent: take.text, lang: take.language })
  return element("li", {}, text, element("p", { className: "soft", textContent: facts }), element("div", { className: "hear" }, play, choose))
}

/** Show the takes of a line, and then focus the button `focus`, where the dialog still is that line's. `said`: about them. */
async function listTakes(mine, { said, focus } = {}) {
  const { takes } = await requestJson(`${mine.path}/takes?language=${encodeURIComponent(mine.language)}`)
  if (shown !== mine) return
  at("takes-list").replaceChildren(...takes.map(drawTake))
  if (said) at("takes-said").textContent = said
  if (focus) at("takes-list").querySelector(focus)?.focus()
}

function tellIn(mine, error) {
  if (shown === mine) at("takes-said").textContent = error.message
}

async function openTakes(row) {
  const dialog = openedDialog()
  const line = Number(row.dataset.line)
  const mine = shown = { path: `api/tasks/${film()}/lines/${line}`, film: film(), language: language(), line }
  at("takes-title").textContent = `Takes of line ${line}`
  at("takes-text").value = row.querySelector("textarea[name=text]").value
  at("takes-text").lang = mine.language
  at("takes-voice").replaceChildren(...[...(at("take-voices")?.options ?? [])].map((option) => option.cloneNode(true)))
  at("takes-said").textContent = "Made beside the dub, which stays as it is until you choose."
  at("takes-list").replaceChildren()
  at("takes-make").disabled = false // another line's may be at work
  dialog.showModal()
  at("takes-make").focus()
  await listTakes(mine).catch((error) => tellIn(mine, error))
}

async function makeTakes() {
  const [button, mine] = [at("takes-make"), shown]
  const json = { language: mine.language, text: at("takes-text").value, vary: at("takes-vary").value }
  if (at("takes-voice").value) json.voice = at("takes-voice").value
  if (at("takes-pace").value) json.pace = Number(at("takes-pace").value)
  button.disabled = true
  at("takes-said").textContent = "Making takes …"
  try {
    const { takes } = await requestJson(`${mine.path}/takes`, { method: "POST", json })
    await listTakes(mine, { said: `${takes.length} new take${takes.length === 1 ? "" : "s"}.`, focus: "button" })
  } catch (error) {
    tellIn(mine, error)
  } finally {
    if (shown === mine) button.disabled = false
  }
}

/** Change a line, in the order of what was asked for: one request at a time. */
function changeLine({ path, language: tag }, change) {
  const send = () => requestJson(path, { method: "PATCH", json: { language: tag, ...change } })
  return (sending = sending.then(send, send))
}

async function chooseTake(button, tell) {
  const [mine, take] = [shown, Number(button.dataset.takeChoose)]
  const wasChosen = button.getAttribute("aria-pressed") === "true"
  try {
    await changeLine(mine, { take: wasChosen ? null : take })
    const said = wasChosen ? "The line has its usual take again." : "Chosen. The film is mixed again with exactly this take."
    await listTakes(mine, { said, focus: `[data-take-choose="${take}"]` })
    tell({ refresh: true })
  } catch (error) {
    tellIn(mine, error)
  }
}

async function toggleLock(row, tell) {
  const button = row.querySelector("[data-lock]")
  if (!button) return
  const path = `api/tasks/${film()}/lines/${row.dataset.line}`
  const key = `${path} ${language()}`
  const locked = !(locks.get(key)?.locked ?? button.getAttribute("aria-pressed") === "true")
  const wish = { locked }
  locks.set(key, wish)
  try {
    await changeLine({ path, language: language() }, { locked: locked || null })
    if (locks.get(key) !== wish) return // it was pressed again
    button.setAttribute("aria-pressed", String(locked))
    button.textContent = locked ? "Locked" : "Lock"
    showToast({ text: locked ? `Line ${row.dataset.line} keeps its take and text.` : `Line ${row.dataset.line} is unlocked.`, bad: false })
    tell({ refresh: true })
  } catch (error) {
    showToast({ text: error.message, bad: true })
  } finally {
    if (locks.get(key) === wish) locks.delete(key)
  }
}

/** Play a line of the speaker in the voice that the select shows. */
function audition(button) {
  const select = button.parentElement.querySelector("select")
  const before = [...select.options].find((option) => option.defaultSelected)
  if (!select.value && before?.value) return showToast({ text: "The automatic voice is known after the next dub.", bad: true })
  const speaker = button.closest("form[data-speaker]").dataset.speaker
  const query = new URLSearchParams({ language: button.dataset.audition, ...(select.value ? { voice: select.value } : {}) })
  playClip(button, `api/tasks/${film()}/speakers/${encodeURIComponent(speaker)}/audition?${query}`, showToast)
}

/** Row of the focused or chosen line. */
const currentRow = () => document.activeElement?.closest?.("#script > tr[data-line]") ?? document.querySelector("#script > tr.chosen")

export function openCurrentTakes() {
  if (currentRow()) openTakes(currentRow())
}

export function toggleCurrentLock({ tell }) {
  if (currentRow()) toggleLock(currentRow(), tell)
}

export const takes = {
  begin({ signal, tell }) {
    document.addEventListener("click", (event) => {
      const button = event.target.closest?.("button")
      if (!button) return
      const row = button.closest("#script > tr[data-line]")
      if ("takes" in button.dataset && row) openTakes(row)
      else if ("lock" in button.dataset && row) toggleLock(row, tell)
      else if (button.id === "takes-make") makeTakes()
      else if (button.dataset.takeAudio) playClip(button, `api/tasks/${film()}/takes/${button.dataset.takeAudio}/audio`, showToast)
      else if (button.dataset.takeChoose && event.detail < 2) chooseTake(button, tell) // a double click does not take it back
      else if (button.dataset.audition) audition(button)
    }, { signal })
  },
}
