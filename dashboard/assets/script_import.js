// Import of an edited script: its changes are shown in a dialog, and applied when confirmed.

import { showToast } from "./toast.js"
import { at } from "./page.js"

const MAX_SHOWN = 200
const film = () => at("film")?.dataset.task
const language = () => at("about")?.firstElementChild?.dataset.language
const quote = (text) => (text ? `“${text}”` : "original audio")
const count = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`

async function postScript(file, { dryRun }) {
  const query = new URLSearchParams({ language: language(), dry_run: dryRun, name: file.name })
  const headers = { Accept: "application/json", "Content-Type": "application/octet-stream" }
  const answer = await fetch(`api/tasks/${film()}/script?${query}`, { method: "POST", headers, body: file }).catch(() => {
    throw new Error("The service does not answer. Try again in a moment.")
  })
  const found = await answer.json().catch(() => ({}))
  if (!answer.ok) throw new Error(typeof found.detail === "string" ? found.detail : `Request failed (${answer.status}).`)
  return found
}

/** Sentences about an import, in order of weight. Shown as text, never as HTML. */
function describeImport({ changes, conflicts, problems, unmatched, ignored_columns, missing_lines }) {
  return [
    ...conflicts.map((cell) => `Conflict in line ${cell.number}, ${cell.cell}: ${quote(cell.current)} was written since the export, ${quote(cell.after)} is in the file. It stays.`),
    ...[...problems, ...unmatched].map((sentence) => `Not used: ${sentence}.`),
    ...(ignored_columns.length ? [`Ignored columns: ${ignored_columns.join(", ")}.`] : []),
    ...(missing_lines.length ? [`${count(missing_lines.length, "line")} without a row: unchanged.`] : []),
    ...changes.map((cell) => `Line ${cell.number}, ${cell.cell}: ${quote(cell.current)} → ${quote(cell.after)}`),
  ]
}

/** Show what an import would change; resolves to true when it is confirmed. */
function confirmImport(found) {
  const dialog = at("import")
  const sentences = describeImport(found)
  at("import-said").textContent = found.changes.length ? `${count(found.changes.length, "cell")} will change.` : "Nothing to change."
  const shown = sentences.slice(0, MAX_SHOWN)
  if (sentences.length > MAX_SHOWN) shown.push(`… and ${sentences.length - MAX_SHOWN} more`)
  at("import-list").replaceChildren(...shown.map((text) => Object.assign(document.createElement("li"), { textContent: text })))
  at("import-list").hidden = !shown.length
  at("import-yes").hidden = !found.changes.length
  dialog.returnValue = "no"
  dialog.showModal()
  return new Promise((answer) => dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true }))
}

async function importScript(file, tell) {
  try {
    if (!(await confirmImport(await postScript(file, { dryRun: true })))) return
    const { changes } = await postScript(file, { dryRun: false })
    showToast({ text: `Imported: ${count(changes.length, "cell")} changed. The changed lines are re-dubbed.`, bad: false })
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
