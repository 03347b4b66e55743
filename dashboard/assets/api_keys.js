// API keys on the settings page: a list, a form for a new one, whose secret is shown once, and revoking.

import { confirmAction, requestJson, showToast } from "./dialogs.js"
import { at } from "./page.js"
import { make } from "./settings_fields.js"

const SCOPES = { webhook: "Webhook", read: "Read", write: "Read and write", metrics: "Metrics", admin: "Everything" }
let keys = []
let drawnIn // the table that shows them
let isAdding = false

const showTime = (at) => (at ? make("time", { dateTime: at }, new Date(at).toLocaleString()) : "Never")

function drawRow({ name, scope, created_at, last_used_at }) {
  const revoke = make("button", { type: "button", dataset: { revoke: name }, ariaLabel: `Revoke: ${name}` }, "Revoke")
  return make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, SCOPES[scope] ?? scope), make("td", {}, showTime(created_at)),
    make("td", {}, showTime(last_used_at)), make("td", { className: "actions" }, revoke))
}

async function load() {
  drawnIn = at("keys")
  try {
    ;({ keys } = await requestJson("api/keys"))
  } catch (error) {
    showToast({ text: error.message, bad: true })
  }
  const body = at("keys")?.tBodies[0]
  if (!body) return
  body.replaceChildren(...keys.map(drawRow))
  at("keys").hidden = !keys.length
  at("keys-none").hidden = keys.length > 0
}

async function add(form) {
  if (isAdding) return
  isAdding = true
  const said = at("key-said")
  said.hidden = true
  try {
    const { name, key } = await requestJson("api/keys", { method: "POST", json: { name: form.elements.name.value.trim(), scope: form.elements.scope.value } })
    form.reset()
    at("key-new-name").textContent = name
    at("key-new-value").value = key
    at("key-new").hidden = false
    at("key-new-value").focus()
    at("key-new-value").select()
    await load()
  } catch (error) {
    said.textContent = error.message
    said.hidden = false
  } finally {
    isAdding = false
  }
}

async function revoke(name) {
  const question = { film: name, ask: "Revoke this key? Programs that use it are refused from now on.", no: "Cancel", yes: "Revoke" }
  if (!(await confirmAction({ dataset: question }))) return
  try {
    await requestJson(`api/keys/${encodeURIComponent(name)}`, { method: "DELETE" })
    showToast({ text: `Revoked ${name}.`, bad: false })
  } catch (error) {
    showToast({ text: error.message, bad: true })
  }
  await load()
  at("key-name")?.focus()
}

function copy() {
  at("key-new-value").select()
  navigator.clipboard?.writeText(at("key-new-value").value).then(() => showToast({ text: "Copied.", bad: false }), () => showToast({ text: "Press Ctrl+C to copy.", bad: false }))
}

export const apiKeys = {
  begin({ signal }) {
    document.addEventListener("click", (event) => {
      const button = event.target.closest?.("button")
      if (button?.dataset.revoke) revoke(button.dataset.revoke)
      else if (button?.id === "key-copy") copy()
      else if (button?.id === "key-hide") {
        at("key-new-value").value = ""
        at("key-new").hidden = true
        at("key-name").focus()
      }
    }, { signal })
    document.addEventListener("submit", (event) => {
      if (event.target.id !== "key-form") return
      event.preventDefault()
      add(event.target)
    }, { signal })
  },
  look() { if (at("keys") && at("keys") !== drawnIn) load() },
}
