// Fields of settings: each is drawn by its kind of value, and read back in the notation of its environment variable.

/** An element with properties and children. Texts are set as text, never as HTML. */
export function make(tag, { dataset = {}, ...properties } = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (name in element && name !== "list") element[name] = value
    else element.setAttribute(name, value)
  }
  Object.assign(element.dataset, dataset)
  element.append(...children)
  return element
}

const splitList = (setting) => (setting.value ? setting.value.split(setting.separator) : []).map((each) => each.trim()).filter(Boolean)
const CHOICE_LABELS = {
  dubs: "In Dubarr's folder", beside: "Beside the film, as a film", sidecar: "Beside the film, as an audio file", "in-place": "In place of the film", original: "Original", dub: "Dub",
  auto: "Where the recognizer knows the language", off: "Off", on: "On", all: "Always",
  done: "Film done", failed: "Film failed", disk: "Disk nearly full", engine: "Engine down",
}
const APPLIES = { redeploy: " Takes effect after a redeploy." }

/** Checkboxes of which any number may be chosen. `choices`: pairs of value and label. */
function drawPicks(setting, choices, chosen) {
  return make("fieldset", { className: "setting choice", dataset: { setting: setting.name } },
    make("legend", {}, setting.label),
    make("div", { className: "picks" }, ...choices.map(([value, label]) =>
      make("label", { className: "pick" }, make("input", { type: "checkbox", value, checked: chosen.includes(value), disabled: !setting.editable }), ` ${label}`))))
}

function drawInput(setting, id) {
  const shared = { id, disabled: !setting.editable }
  switch (setting.kind) {
    case "choice": {
      const choices = setting.choices.includes(setting.value) || !setting.value ? setting.choices : [setting.value, ...setting.choices]
      return make("select", shared, ...choices.map((value) => make("option", { value, selected: value === setting.value }, CHOICE_LABELS[value] ?? value)))
    }
    case "list":
      return make("textarea", { ...shared, rows: 3, spellcheck: false, value: splitList(setting).join("\n") })
    case "switch":
      return make("input", { ...shared, type: "checkbox", checked: setting.value === "1" })
    case "secret":
      return setting.name === "NOTIFY_URLS"
        ? make("textarea", { ...shared, rows: 2, spellcheck: false, autocomplete: "off" })
        : make("input", { ...shared, type: "password", autocomplete: "new-password", maxLength: 8192 })
    default:
      return make("input", { ...shared, type: setting.kind === "url" ? "url" : "text", value: setting.value, maxLength: 8192, autocomplete: "off", spellcheck: false,
        placeholder: setting.section === "Engines" && setting.choices.length ? "From the profile" : "", ...(setting.choices.length ? { list: `${id}-choices` } : {}) })
  }
}

/** A secret that is set: it is not shown, only replaced or removed. */
function hideSecret(field, setting, input, described) {
  const replace = make("button", { type: "button", dataset: { replace: setting.name }, disabled: !setting.editable, ariaLabel: `Replace: ${setting.label}` }, "Replace")
  const remove = make("button", { type: "button", className: "plain", dataset: { remove: setting.name }, disabled: !setting.editable, ariaLabel: `Remove: ${setting.label}` }, "Remove")
  input.hidden = true
  field.querySelector("label").after(make("span", { className: "join kept", ariaLabel: `${setting.label} is set` }, make("span", { className: "good" }, "Set"), replace, remove))
  field.append(input, described)
}

/** Pairs of tag and name; with the tag where a name is not unique. */
export function nameTargets(targets) {
  const count = (name) => targets.filter((each) => each.name === name).length
  return targets.map(({ tag, name }) => [tag, count(name) > 1 ? `${name} (${tag})` : name])
}

/** Draw a setting. `targets`: supported target languages, as pairs of tag and name. */
export function drawField(setting, targets) {
  const id = `setting-${setting.name}`
  const described = make("p", { className: "hint", id: `${id}-hint` }, setting.reason ?? `${setting.help}.${APPLIES[setting.applies] ?? ""}`)
  if (setting.name === "TARGET_LANGS" || setting.kind === "choices") {
    const chosen = splitList({ ...setting, separator: "," })
    const known = setting.kind === "choices" ? setting.choices.map((each) => [each, CHOICE_LABELS[each] ?? each]) : targets
    const field = drawPicks(setting, [...known, ...chosen.filter((each) => !known.some(([tag]) => tag === each)).map((tag) => [tag, tag])], chosen)
    field.append(described)
    return field
  }
  const input = drawInput(setting, id)
  input.setAttribute("aria-describedby", described.id)
  const label = make("label", { htmlFor: id }, setting.label)
  const field = make("div", { className: "setting", dataset: { setting: setting.name } })
  if (setting.kind === "switch") label.prepend(input, " ")
  field.append(label)
  if (setting.kind === "secret" && setting.is_set) hideSecret(field, setting, input, described)
  else field.append(...(setting.kind === "switch" ? [] : [input]), described)
  if (input.hasAttribute("list")) field.append(make("datalist", { id: `${id}-choices` }, ...setting.choices.map((value) => make("option", { value }))))
  return field
}

/** Value of a field in the notation of its variable; null: the default; undefined: a secret that stays as it is. */
export function readField(setting) {
  const field = document.querySelector(`[data-setting="${setting.name}"]`)
  if (!field) return undefined
  const boxes = field.querySelectorAll(".pick input")
  if (boxes.length) return [...boxes].filter((box) => box.checked).map((box) => box.value).join(",") || null
  const input = field.querySelector("input, select, textarea")
  if (setting.kind === "switch") return input.checked ? "1" : "0"
  if (setting.kind === "secret") return field.dataset.removed ? null : input.value.trim().replace(/\s+/g, setting.name === "NOTIFY_URLS" ? " " : "$&") || undefined
  if (setting.kind === "list") return input.value.split("\n").map((each) => each.trim()).filter(Boolean).join(setting.separator) || null
  return input.value.trim() || null
}

/** Whether a field's value is another than the setting's. */
export function isChanged(setting) {
  const value = readField(setting)
  if (value === undefined) return false
  if (setting.kind === "secret") return value !== null || setting.is_set
  const before = setting.kind === "list" ? splitList(setting).join(setting.separator) : setting.value
  const sorted = (text) => (setting.kind === "choices" || setting.name === "TARGET_LANGS" ? (text ?? "").split(",").map((each) => each.trim()).sort().join() : text ?? "")
  return sorted(value) !== sorted(before)
}

/** Show the sentence of a refused value at its field, or remove it. */
export function showProblem(name, sentence) {
  const field = document.querySelector(`[data-setting="${name}"]`)
  if (!field) return
  field.querySelector(".error")?.remove()
  const inputs = field.querySelectorAll("input, select, textarea")
  for (const input of inputs) sentence ? input.setAttribute("aria-invalid", "true") : input.removeAttribute("aria-invalid")
  if (sentence) field.append(make("p", { className: "error", role: "alert" }, sentence))
}
