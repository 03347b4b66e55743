// Glossary of the library or of one film, edited in a dialog; malformed lines are listed, each with its number.

import { requestJson } from "./dialogs.js"
import { showToast } from "./toast.js"
import { at, namePage } from "./page.js"

const PREFIX = /^the glossary cannot be used: /
let task = "" // of the open dialog; "" for the library

/** Show sentences about the glossary. As text, never as HTML. */
function showProblems(sentences) {
  at("glossary-problems").replaceChildren(...sentences.map((text) => Object.assign(document.createElement("li"), { textContent: text })))
  at("glossary-problems").hidden = !sentences.length
  at("glossary-text").ariaInvalid = String(sentences.length > 0)
}

async function openGlossary(of) {
  try {
    const page = namePage()
    const { text, problems, file } = await requestJson(of ? `api/tasks/${of}/glossary` : "api/glossary")
    if (page !== namePage() || document.querySelector("dialog[open]")) return
    task = of
    at("glossary-title").textContent = of ? "Glossary of this film" : "Glossary of the library"
    at("glossary-about").textContent = of
      ? "Before the library's glossary. The lines with a changed term are re-dubbed."
      : `${file}. Films that are dubbed from now on use it.`
    at("glossary-text").value = text
    showProblems(problems)
    at("glossary").showModal()
    at("glossary-text").focus()
  } catch (error) {
    showToast({ text: error.message, bad: true })
  }
}

async function saveGlossary(tell) {
  const [text, of] = [at("glossary-text").value, task]
  try {
    if (of) await requestJson(`api/tasks/${of}`, { method: "PATCH", json: { glossary: text } })
    else await requestJson("api/glossary", { method: "PUT", json: { text } })
    at("glossary").close()
    showToast({ text: "Glossary saved.", bad: false })
    tell({ refresh: true })
  } catch (error) {
    showProblems(error.message.replace(PREFIX, "").split(/; (?=line \d+: |and more)/))
  }
}

export const glossary = {
  begin({ signal, tell }) {
    document.addEventListener("click", (event) => {
      const button = event.target.closest?.("button[data-glossary]")
      if (button) openGlossary(button.dataset.glossary)
      else if (event.target.id === "glossary-save") saveGlossary(tell)
    }, { signal })
  },
}
