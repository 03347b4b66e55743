// The settings page: fields of all settings, saved together; connection tests, the webhook's address, and the redeploy.

import { confirmAction, requestJson, showToast } from "./dialogs.js"
import { at } from "./page.js"
import { drawField, isChanged, make, nameTargets, readField, showProblem } from "./settings_fields.js"

const APPLICATIONS = ["Sonarr", "Radarr", "Plex", "Jellyfin"]
const POLL_MS = 2000
const LOST_MS = 15 * 60_000
let settings = [] // as last read
let drawnIn // the element that shows them
let isSaving = false
let isFollowing = false // of a redeploy

const findField = (name) => document.querySelector(`[data-setting="${name}"]`)
const byName = (name) => settings.find((each) => each.name === name)
const changed = () => settings.filter((each) => each.editable && isChanged(each))

function drawConnection(name, targets) {
  const own = settings.filter((each) => each.name.startsWith(`${name.toUpperCase()}_`))
  return make("fieldset", { className: "connection" }, make("legend", {}, name),
    make("div", { className: "pair" }, ...own.map((each) => drawField(each, targets))),
    make("div", { className: "join" }, make("button", { type: "button", dataset: { test: name.toLowerCase() }, ariaLabel: `Test ${name}` }, "Test"),
      make("span", { id: `test-${name.toLowerCase()}`, role: "status", className: "soft" })))
}

function drawWebhook(path) {
  return make("div", { className: "setting" }, make("label", { htmlFor: "webhook-address" }, "Webhook address"),
    make("div", { className: "join" }, make("input", { id: "webhook-address", readOnly: true, value: new URL(path, location.href).href, ariaDescription: "for Sonarr, Radarr and scripts" }),
      make("button", { type: "button", id: "webhook-copy" }, "Copy")),
    make("p", { className: "hint" }, "In Sonarr and Radarr: Settings, Connect, Webhook, on import and on upgrade, with the user and the password of this page, or with ?apikey= and an API key of the scope Webhook behind the address."))
}

function drawService(section) {
  const row = ({ name, value, help }) => make("div", {}, make("dt", { title: help }, name), make("dd", {}, name === "API_PASS" ? "not shown" : value || "–"))
  return [make("p", { className: "hint" }, `Changed in ${section.file} on the service's machine, or in its environment; then ./dubarr stop and serve.`),
    make("dl", { className: "facts-list" }, ...section.settings.map(row))]
}

function drawSection(title, found, targets) {
  const own = settings.filter((each) => each.section === title)
  const card = make("section", { className: "card", ariaLabel: title }, make("h2", {}, title))
  if (title === "Service") card.append(...drawService({ file: found.file, settings: own }))
  else if (title === "Connections") {
    const grouped = (each) => APPLICATIONS.some((name) => each.name.startsWith(`${name.toUpperCase()}_`))
    card.append(drawWebhook(found.webhook), ...APPLICATIONS.map((name) => drawConnection(name, targets)), ...own.filter((each) => !grouped(each)).map((each) => drawField(each, targets)))
  } else card.append(...own.map((each) => drawField(each, targets)))
  if (title === "Notifications") {
    card.append(make("div", { className: "join" }, make("button", { type: "button", dataset: { test: "notification" } }, "Send test"), make("span", { id: "test-notification", role: "status", className: "soft" })))
  }
  return card
}

function drawBar() {
  return make("div", { className: "drafts settings-bar", hidden: true, id: "settings-bar" }, make("p", { id: "settings-count", role: "status" }),
    make("button", { type: "button", id: "settings-discard" }, "Discard"), make("button", { type: "submit", className: "primary" }, "Save"))
}

/** What waits for a redeploy, and how the last one went. */
function showPending({ pending, redeploy }) {
  const box = at("settings-pending")
  if (!box) return
  const labels = pending.map((name) => byName(name)?.label ?? name)
  if (redeploy.state === "running") box.replaceChildren(make("p", {}, `Redeploying: ${redeploy.message} This page may be away for a minute.`))
  else if (pending.length) {
    const failed = redeploy.state === "failed" ? ` The last redeploy failed: ${redeploy.message}` : ""
    box.replaceChildren(make("p", {}, `Takes effect after a redeploy: ${labels.join(", ")}.${failed}`), make("button", { type: "button", id: "settings-redeploy", className: "primary" }, "Redeploy"))
  } else box.replaceChildren()
}

function showCount() {
  const count = changed().length
  at("settings-bar").hidden = !count
  at("settings-count").textContent = count ? `${count} unsaved ${count === 1 ? "change" : "changes"}` : ""
}

function show(found, targets) {
  settings = found.settings
  const titles = [...new Set(settings.map((each) => each.section))]
  at("settings").replaceChildren(...titles.map((title) => drawSection(title, found, targets)), drawBar())
  showPending(found)
}

/** Draw the settings as the service has them. `sent`: what was just saved, of which a field that was changed since stays as it is. */
async function load(sent = null) {
  const section = drawnIn = at("settings")
  try {
    const [found, { targets }] = await Promise.all([requestJson("api/settings"), requestJson("api/languages")])
    if (section !== at("settings")) return
    const isLater = (each) => each.editable && (each.name in sent ? readField(each) !== sent[each.name] : isChanged(each))
    const [fields, focused] = [sent ? settings.filter(isLater).map(({ name }) => [name, findField(name)]) : [], document.activeElement]
    show(found, nameTargets(targets))
    for (const [name, field] of fields) findField(name)?.replaceWith(field)
    if (focused.isConnected) focused.focus()
    if (fields.length) showCount()
    if (found.redeploy.state === "running") followRedeploy()
  } catch (error) {
    if (section === at("settings")) section?.replaceChildren(make("p", { className: "error", role: "alert" }, error.message))
  }
}

async function save() {
  const changes = Object.fromEntries(changed().map((each) => [each.name, readField(each)]))
  if (!Object.keys(changes).length || isSaving) return
  isSaving = true
  for (const { name } of settings) showProblem(name, "")
  try {
    const { pending } = await requestJson("api/settings", { method: "PATCH", json: { settings: changes } })
    const waits = Object.keys(changes).some((name) => pending.includes(name))
    showToast({ text: waits ? "Saved. Takes effect after a redeploy." : "Saved. Takes effect at once.", bad: false })
    await load(changes)
  } catch (error) {
    const problems = Object.entries(error.problems ?? {})
    problems.forEach(([name, sentence]) => showProblem(name, sentence))
    document.querySelector('.settings [aria-invalid="true"]:not([hidden])')?.focus()
    showToast({ text: problems.length ? `Nothing was saved: ${problems.length === 1 ? "one value is" : `${problems.length} values are`} refused.` : error.message, bad: true })
  } finally {
    isSaving = false
  }
}

/** Path and body of a test with what the fields hold; secrets that are not typed are the stored ones. */
function buildTest(application) {
  if (application === "notification") {
    const urls = readField(byName("NOTIFY_URLS"))
    return ["api/settings/test-notification", urls ? { urls } : {}]
  }
  const key = application === "plex" ? "PLEX_TOKEN" : `${application.toUpperCase()}_API_KEY`
  const [url, given] = [readField(byName(`${application.toUpperCase()}_URL`)), readField(byName(key))]
  return ["api/settings/test-connection", { application, ...(url ? { url } : {}), ...(given ? { key: given } : {}) }]
}

async function runTest(subject) {
  const said = at(`test-${subject}`)
  said.className = "soft"
  said.textContent = "Connecting …"
  const [path, json] = buildTest(subject)
  try {
    const { works, message } = await requestJson(path, { method: "POST", json })
    said.className = works ? "good" : "bad"
    said.textContent = message
  } catch (error) {
    said.className = "bad"
    said.textContent = error.message
  }
}

/** Follow a redeploy to its end; meanwhile the service may not answer. */
async function followRedeploy() {
  if (isFollowing) return
  isFollowing = true
  await pollRedeploy()
  isFollowing = false
}

async function pollRedeploy() {
  for (const until = Date.now() + LOST_MS; Date.now() < until;) {
    await new Promise((done) => setTimeout(done, POLL_MS))
    const found = await requestJson("api/settings").catch(() => undefined)
    if (!found) continue
    showPending(found)
    if (found.redeploy.state === "running") continue
    showToast({ text: found.redeploy.state === "done" ? "Redeployed." : `The redeploy failed: ${found.redeploy.message}`, bad: found.redeploy.state !== "done" })
    return
  }
}

async function redeploy() {
  try {
    const started = await requestJson("api/settings/redeploy", { method: "POST" })
    showPending({ pending: [], redeploy: { ...started, state: "running" } })
    followRedeploy()
  } catch (error) {
    showToast({ text: error.message, bad: true })
  }
}

/** A stored secret is replaced by what is typed, or removed when the settings are saved. */
function openSecret(button) {
  const field = button.closest("[data-setting]")
  if (button.dataset.remove) {
    field.dataset.removed = "yes"
    button.closest(".kept").replaceChildren(make("span", { className: "soft" }, "Removed when you save"))
  } else {
    button.closest(".kept").remove()
    const input = field.querySelector("input, textarea")
    input.hidden = false
    input.focus()
  }
  showCount()
}

function click(event) {
  const button = event.target.closest?.("#settings button, #settings-pending button")
  if (!button) return
  if (button.dataset.test) runTest(button.dataset.test)
  else if (button.dataset.replace || button.dataset.remove) openSecret(button)
  else if (button.id === "settings-discard") load()
  else if (button.id === "settings-redeploy") redeploy()
  else if (button.id === "webhook-copy") {
    at("webhook-address").select()
    navigator.clipboard?.writeText(at("webhook-address").value).then(() => showToast({ text: "Copied.", bad: false }), () => showToast({ text: "Press Ctrl+C to copy.", bad: false }))
  }
}

const hasUnsaved = () => Boolean(at("settings-bar")) && !at("settings-bar").hidden
const UNSAVED = { film: "Unsaved settings", ask: "Leave this page without saving them?", no: "Stay", yes: "Leave" }

/** A link to another page asks first where settings are unsaved. */
async function askBeforeLeaving(event) {
  const link = event.target.closest?.("a[data-go]")
  if (!link || !hasUnsaved()) return
  event.preventDefault()
  event.stopPropagation()
  if (!(await confirmAction({ dataset: UNSAVED }))) return
  at("settings-bar").hidden = true
  link.click()
}

export const settingsPage = {
  begin({ signal }) {
    document.addEventListener("click", click, { signal })
    document.addEventListener("click", askBeforeLeaving, { signal, capture: true })
    document.addEventListener("input", (event) => { if (event.target.closest?.("#settings")) showCount() }, { signal })
    document.addEventListener("submit", (event) => {
      if (event.target.id !== "settings") return
      event.preventDefault()
      save()
    }, { signal })
    addEventListener("beforeunload", (event) => { if (hasUnsaved()) event.preventDefault() }, { signal })
  },
  look() { if (at("settings") && at("settings") !== drawnIn) load() },
}
