// Import of an edited script: its changes are shown in a dialog, and applied when confirmed.

import { formatTimestamp } from "./lines.js"
import { at } from "./page.js"
import { showToast } from "./toast.js"

const MAX_SHOWN = 200
const film = () => at("film")?.dataset.task
const language = () => at("about")?.firstElementChild?.dataset.language
const quote = (text) => (text ? `“${text}”` : "original audio")
const formatTime = (seconds) => formatTimestamp(Number(seconds)).replace(/^0:0?/, "") // `1:02.300`
const quoteCell = (cell, text) => (cell === "start" || cell === "end" ? formatTime(text) : quote(text))
const quoteNew = ({ translation, source }) => (translation ? quote(translation) : `${quote(source)}, to be translated`)
const count = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`

/** `dub`: { task, language } that the file is for. */
async function postScript(file, dub, { dryRun }) {
  const query = new URLSearchParams({ language: dub.language, dry_run: dryRun, name: file.name })
  const headers = { Accept: "application/json", "Content-Type": "application/octet-stream" }
  const answer = await fetch(`api/tasks/${dub.task}/script?${query}`, { method: "POST", headers, body: file }).catch(() => {
    throw new Error("The service does not answer. Try again in a moment.")
  })
  const found = await answer.json().catch(() => ({}))
  if (!answer.ok) throw new Error(typeof found.detail === "string" ? found.detail : `Request failed (${answer.status}).`)
  return found
}

/** Sentences about an import, in order of weight. Shown as text, never as HTML. */
function describeImport({ changes, added, conflicts, problems, unmatched, ignored_columns, missing_lines }) {
  const missing = missing_lines.length
  return [
    ...conflicts.map(({ number, cell, current, after }) => `Conflict in line ${number}, ${cell}: ${quoteCell(cell, current)} was written since the export, ${quoteCell(cell, after)} is in the file. It stays.`),
    ...[...problems, ...unmatched].map((sentence) => `Not used: ${sentence}.`),
    ...(ignored_columns.length ? [`Ignored columns: ${ignored_columns.join(", ")}.`] : []),
    ...(missing ? [`The file lacks ${count(missing, "line")} of the script, left as ${missing === 1 ? "it is" : "they are"}.`] : []),
    ...added.map((line) => `New line at ${formatTime(line.start)}: ${quoteNew(line)}`),
    ...changes.map(({ number, cell, current, after }) => `Line ${number}, ${cell}: ${quoteCell(cell, current)} → ${quoteCell(cell, after)}`),
  ]
}

/** `2 cells will change, 1 line will be added`; "" where nothing happens. */
function countEffects({ changes, added }, [change, add]) {
  const parts = [[changes.length, "cell", change], [added.length, "line", add]].filter(([number]) => number)
  return parts.map(([number, word, effect]) => `${count(number, word)} ${effect}`).join(", ")
}

/** Show what an import would change; resolves to true when it is confirmed. */
function confirmImport(found) {
  const dialog = at("import")
  const sentences = describeImport(found)
  const effects = countEffects(found, ["will change", "will be added"])
  at("import-said").textContent = effects ? `${effects}.` : "Nothing to change."
  const shown = sentences.slice(0, MAX_SHOWN)
  if (sentences.length > MAX_SHOWN) shown.push(`… and ${sentences.length - MAX_SHOWN} more`)
  at("import-list").replaceChildren(...shown.map((text) => Object.assign(document.createElement("li"), { textContent: text })))
  at("import-list").hidden = !shown.length
  at("import-yes").hidden = !effects
  dialog.returnValue = "no"
  dialog.showModal()
  return new Promise((answer) => dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true }))
}

async function importScript(file, tell) {
  const dub = { task: film(), language: language() }
  try {
    const found = await postScript(file, dub, { dryRun: true })
    if (film() !== dub.task || language() !== dub.language || !(await confirmImport(found))) return
    const effects = countEffects(await postScript(file, dub, { dryRun: false }), ["changed", "added"])
    showToast({ text: effects ? `Imported: ${effects}. These lines are re-dubbed.` : "Nothing was changed.", bad: !effects })
    tell({ refresh: true })
  } catch (error) {
    showToast({ text: error.message, bad: true })
  }
}

export const scriptImport = {
  begin({ signal, tell }) {
    const chooser = Object.assign(document.createElement("input"), { type: "file", accept: ".csv,.tsv,.txt,.json,.srt,.vtt" })
    chooser.addEventListener("change", () => {
      const [file] = chooser.files
      chooser.value = "" // the same file may be chosen again
      if (file) importScript(file, tell)
    }, { signal })
    document.addEventListener("click", (event) => {
      if (event.target.closest?.("#script-import")) chooser.click()
      const menu = document.querySelector("details.menu[open]")
      if (menu && (!menu.contains(event.target) || event.target.closest("a"))) menu.open = false
    }, { signal })
  },
}
