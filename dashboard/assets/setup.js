// First setup: four steps in a dialog, offered on an untouched service and in reach from the settings page.

import { requestJson, showToast } from "./dialogs.js"
import { at } from "./page.js"
import { make, nameTargets } from "./settings_fields.js"

const STEPS = ["Languages", "Library folders", "Connection", "First film"]
const APPLICATIONS = ["Sonarr", "Radarr", "Plex", "Jellyfin"]
let step = 0
let asked = false // once a page load: the dialog that was closed does not come back by itself
let found = { settings: [] }
let isBusy = false // a step is saved or drawn: its buttons wait

const valueOf = (name) => found.settings.find((each) => each.name === name)
const chosen = (selector) => [...at("setup-content").querySelectorAll(selector)]

function drawLanguages(targets) {
  const now = (valueOf("TARGET_LANGS")?.value ?? "").split(",").map((each) => each.trim())
  return [make("fieldset", { className: "choice" }, make("legend", {}, "Dub films into"),
    make("div", { className: "picks" }, ...nameTargets(targets).map(([value, label]) =>
      make("label", { className: "pick" }, make("input", { type: "checkbox", value, checked: now.includes(value) }), ` ${label}`))))]
}

function drawFolders() {
  const { value = "" } = valueOf("LIBRARY_ROOTS") ?? {}
  return [make("label", { className: "field" }, "Folders with films on this server, one a line",
    make("textarea", { id: "setup-folders", rows: 4, spellcheck: false, placeholder: "/films", value: value.split(":").filter(Boolean).join("\n") })),
    make("p", { className: "hint" }, "May stay empty: films can be uploaded.")]
}

function drawConnection() {
  return [make("div", { className: "pair" }, make("label", { className: "field" }, "Application", make("select", { id: "setup-application" }, ...APPLICATIONS.map((name) => make("option", { value: name.toLowerCase() }, name)))),
    make("label", { className: "field" }, "Address", make("input", { id: "setup-url", type: "url", placeholder: "http://nas:8989", autocomplete: "off" }))),
    make("label", { className: "field" }, "API key or token", make("input", { id: "setup-key", type: "password", autocomplete: "new-password" })),
    make("div", { className: "join" }, make("button", { type: "button", id: "setup-test" }, "Test"), make("span", { id: "setup-tested", role: "status", className: "soft" })),
    make("p", { className: "hint" }, `May stay empty. For every import to be dubbed, add the webhook ${new URL("/webhook", location.href).href} in Sonarr or Radarr.`)]
}

function drawFirstFilm() {
  return [make("p", {}, "Choose a film by Add video on the library page: upload one, or take one from the server. A preview of a few minutes shows the voices before the whole film is dubbed.")]
}

const named = () => at("setup-application").value.toUpperCase()

/** Changes of the present step. */
function readChanges() {
  if (step === 0) return { TARGET_LANGS: chosen("input:checked").map((box) => box.value).join(",") || null }
  if (step === 1) return { LIBRARY_ROOTS: at("setup-folders").value.split("\n").map((each) => each.trim()).filter(Boolean).join(":") || null }
  const url = step === 2 && at("setup-url").value.trim()
  return url ? { [`${named()}_URL`]: url, [`${named()}_${named() === "PLEX" ? "TOKEN" : "API_KEY"}`]: at("setup-key").value.trim() || null } : {}
}

async function show() {
  const { targets } = step === 0 ? await requestJson("api/languages") : { targets: [] }
  const content = [() => drawLanguages(targets), drawFolders, drawConnection, drawFirstFilm][step]()
  if (!at("setup").open) at("setup").showModal() // once it has something to show: Next would save an empty choice
  at("setup-title").textContent = `Setup: ${STEPS[step]}`
  at("setup-step").textContent = `Step ${step + 1} of ${STEPS.length}`
  at("setup-content").replaceChildren(...content)
  at("setup-said").hidden = true
  at("setup-back").hidden = step === 0
  at("setup-next").textContent = step === STEPS.length - 1 ? "Finish" : "Next"
  ;(at("setup-content").querySelector("input, textarea, select") ?? at("setup-next")).focus()
}

async function next() {
  try {
    const changes = Object.fromEntries(Object.entries(readChanges()).filter(([name]) => valueOf(name)?.editable))
    if (Object.keys(changes).length) found = await requestJson("api/settings", { method: "PATCH", json: { settings: changes } })
    step += 1
    if (step < STEPS.length) return await show()
    await dismiss()
    location.assign("./")
  } catch (error) {
    at("setup-said").textContent = error.message
    at("setup-said").hidden = false
  }
}

async function dismiss() {
  at("setup").close()
  await requestJson("api/settings/dismiss-setup", { method: "POST" })
}

/** Run an action of the dialog, one at a time. */
async function once(action) {
  if (isBusy) return
  isBusy = true
  await action().finally(() => { isBusy = false })
}

async function testConnection() {
  const said = at("setup-tested")
  said.textContent = "Connecting …"
  const [application, url, key] = ["application", "url", "key"].map((name) => at(`setup-${name}`).value.trim())
  const { works, message } = await requestJson("api/settings/test-connection", { method: "POST", json: { application, ...(url ? { url } : {}), ...(key ? { key } : {}) } })
    .catch((error) => ({ works: false, message: error.message }))
  said.className = works ? "good" : "bad"
  said.textContent = message
}

async function open() {
  step = 0
  found = await requestJson("api/settings")
  await show()
}

/** Offer the setup on the library page of a service that nobody set up yet. */
async function offer() {
  asked = true
  const { offer_setup } = await requestJson("api/settings").catch(() => ({}))
  if (offer_setup && !document.querySelector("dialog[open]")) await open()
}

export const setup = {
  begin({ signal }) {
    const tell = (error) => showToast({ text: error.message, bad: true })
    document.addEventListener("click", (event) => {
      const { id } = event.target.closest?.("button") ?? {}
      if (id === "setup-open") open().catch(tell)
      else if (id === "setup-back" && event.detail < 2) once(() => { step -= 1; return show() }).catch(tell)
      else if (id === "setup-dismiss") dismiss().catch(tell)
      else if (id === "setup-test") testConnection()
      else if (id === "setup-next" && event.detail > 1) event.preventDefault() // a double click is one step
    }, { signal })
    document.addEventListener("submit", (event) => {
      if (event.target.id !== "setup-form") return
      event.preventDefault()
      once(next)
    }, { signal })
  },
  look() { if (!asked && at("upload") && !document.querySelector(".task, tr[data-task]")) offer() },
}
