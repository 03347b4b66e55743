// Confirmation dialogs, and requests to the API.

import { at } from "./page.js"

export { showToast } from "./toast.js"

/** Confirmation dialog of an action's form; resolves to true when confirmed. */
export function confirmAction(form) {
  const dialog = at("confirm")
  at("confirm-film").textContent = form.dataset.film
  at("confirm-question").textContent = form.dataset.ask
  at("confirm-no").textContent = form.dataset.no
  at("confirm-yes").textContent = form.dataset.yes
  dialog.returnValue = "no"
  dialog.showModal()
  return new Promise((answer) => dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true }))
}

/** Close the dialogs of the page that is left: they ask about what it shows. The first setup belongs to no page. */
export function closeDialogs() {
  for (const dialog of document.querySelectorAll("dialog[open]:not(#setup)")) dialog.close()
}

/** HTTP request to the API. Resolves to its JSON; rejects with the error's detail, its HTTP `status`, and `problems` by field where it has them. */
export async function requestJson(path, { method = "GET", json } = {}) {
  const headers = { Accept: "application/json", ...(json ? { "Content-Type": "application/json" } : {}) }
  const answer = await fetch(path, { method, headers, body: json ? JSON.stringify(json) : undefined }).catch(() => {
    throw new Error("The service does not answer. Try again in a moment.")
  })
  const found = await answer.json().catch(() => ({}))
  if (!answer.ok) {
    const error = new Error(typeof found.detail === "string" ? found.detail : `Request failed (${answer.status}).`)
    throw Object.assign(error, { status: answer.status, problems: found.problems })
  }
  return found
}
