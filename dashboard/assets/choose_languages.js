// Dialog in which languages are chosen that finished or queued videos get as well.

import { requestJson } from "./dialogs.js"
import { at, namePage } from "./page.js"
import { showToast } from "./toast.js"

/** Ask for target languages. `known`: tags that are left out. Resolves to tags, [] where the dialog was cancelled. */
export async function chooseLanguages(title, known = []) {
  const [dialog, page] = [at("languages-dialog"), namePage()]
  const { targets } = await requestJson("api/languages")
  if (page !== namePage() || document.querySelector("dialog[open]")) return [] // the page was left, or the button pressed twice
  at("languages-title").textContent = title
  at("languages-list").replaceChildren(...targets.filter(({ tag }) => !known.includes(tag)).map(({ tag, name }) => {
    const label = Object.assign(document.createElement("label"), { className: "pick" })
    label.append(Object.assign(document.createElement("input"), { type: "checkbox", value: tag }), ` ${name}`)
    return label
  }))
  at("languages-add").disabled = true
  dialog.returnValue = "no"
  dialog.showModal()
  return new Promise((answer) => dialog.addEventListener("close", () => {
    answer(dialog.returnValue === "yes" ? [...dialog.querySelectorAll(":checked")].map((box) => box.value) : [])
  }, { once: true }))
}

/** Add languages to the video of a page's button. */
async function addLanguages({ task, known }) {
  try {
    const tags = await chooseLanguages("Add languages to this video", known.split(","))
    if (!tags.length) return
    await requestJson(`api/tasks/${task}`, { method: "PATCH", json: { target_langs: tags } })
    showToast({ text: "Queued for the added languages. What is dubbed already stays.", bad: false })
  } catch (error) {
    showToast({ text: error.message, bad: true })
  }
}

export const languageDialog = {
  begin({ signal }) {
    document.addEventListener("click", (event) => {
      const button = event.target.closest?.("button[data-add-language]")
      if (button) addLanguages(button.dataset)
    }, { signal })
    at("languages-dialog").addEventListener("change", () => {
      at("languages-add").disabled = !at("languages-list").querySelector(":checked")
    }, { signal })
  },
}
