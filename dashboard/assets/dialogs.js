// What the page says, and what it asks.

import { at } from "./page.js"

let saying

export function say({ text, bad }) {
  const said = at("said")
  said.textContent = text
  said.className = bad ? "bad" : "good"
  clearTimeout(saying)
  saying = setTimeout(() => { said.textContent = ""; said.className = "" }, bad ? 12000 : 5000)
}

/** Ask before something is lost; true when the answer is yes. */
export function sure(form) {
  const dialog = at("sure")
  at("sure-film").textContent = form.dataset.film
  at("sure-question").textContent = form.dataset.ask
  at("sure-yes").textContent = form.querySelector("button").textContent
  dialog.returnValue = "no"
  dialog.showModal()
  return new Promise((answer) => dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true }))
}

/** Ask the service by HTTP. Its JSON; an Error with its own sentence where it says no. */
export async function ask(path, { method = "GET", json } = {}) {
  const headers = { Accept: "application/json", ...(json ? { "Content-Type": "application/json" } : {}) }
  const answer = await fetch(path, { method, headers, body: json ? JSON.stringify(json) : undefined }).catch(() => {
    throw new Error("The service does not answer. Try again in a moment.")
  })
  const found = await answer.json().catch(() => ({}))
  if (!answer.ok) throw new Error(typeof found.detail === "string" ? found.detail : `The service said no (${answer.status}).`)
  return found
}
