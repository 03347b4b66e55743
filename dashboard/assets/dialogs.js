// Toast messages, confirmation dialogs, and requests to the API.

import { at } from "./page.js"

let saying

export function say({ text, bad }) {
  const said = at("said")
  said.textContent = text
  said.className = bad ? "bad" : "good"
  clearTimeout(saying)
  saying = setTimeout(() => { said.textContent = ""; said.className = "" }, bad ? 12000 : 5000)
}

/** Confirmation dialog of an action's form; resolves to true when confirmed. */
export function sure(form) {
  const dialog = at("sure")
  at("sure-film").textContent = form.dataset.film
  at("sure-question").textContent = form.dataset.ask
  at("sure-no").textContent = form.dataset.no
  at("sure-yes").textContent = form.dataset.yes
  dialog.returnValue = "no"
  dialog.showModal()
  return new Promise((answer) => dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true }))
}

/** HTTP request to the API. Resolves to its JSON; rejects with the error's detail. */
export async function ask(path, { method = "GET", json } = {}) {
  const headers = { Accept: "application/json", ...(json ? { "Content-Type": "application/json" } : {}) }
  const answer = await fetch(path, { method, headers, body: json ? JSON.stringify(json) : undefined }).catch(() => {
    throw new Error("The service does not answer. Try again in a moment.")
  })
  const found = await answer.json().catch(() => ({}))
  if (!answer.ok) throw new Error(typeof found.detail === "string" ? found.detail : `Request failed (${answer.status}).`)
  return found
}
