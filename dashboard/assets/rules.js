// Rules of folders and series on the settings page: an ordered list, edited in a dialog, stored as a whole.

import { requestJson, showToast } from "./dialogs.js"
import { at } from "./page.js"
import { readChoices, showChoices } from "./rule_choices.js"
import { make, nameTargets } from "./settings_fields.js"

let rules = []
let revision = null // of the rules as they were read: others' changes are not overwritten
let languages = { sources: [], targets: [] }
let edited = -1 // place of the rule in the dialog; that of a new one is behind the last
let original // the rule in the dialog as it was opened
let drawnIn // the table that shows them
let isStoring = false // the list is replaced as a whole: one change at a time

const nameOf = (tag, known) => known.find(([each]) => each === tag)?.[1] ?? tag

function describe(rule) {
  if (rule.skip) return "Skip"
  const targets = nameTargets(languages.targets)
  const sources = languages.sources.map(({ tag, name }) => [tag, name])
  return [
    rule.target_langs.length && `into ${rule.target_langs.map((tag) => nameOf(tag, targets)).join(", ")}`,
    rule.source_lang && `from ${nameOf(rule.source_lang, sources)}`,
    ...Object.values(rule.engines ?? {}).map((name) => `by ${name}`),
    rule.voices?.length && `${rule.voices.length} voice${rule.voices.length > 1 ? "s" : ""}`,
    rule.glossary && "glossary",
    rule.priority && `${rule.priority} priority`,
  ].filter(Boolean).join(" · ")
}

function drawRow(rule, place) {
  const button = (action, label, disabled = false) =>
    make("button", { type: "button", dataset: { rule: action, place }, disabled, ariaLabel: `${label}: ${rule.name}` }, label)
  const row = [make("td", { className: "number" }, String(place + 1)), make("th", { scope: "row" }, rule.name), make("td", {}, make("code", {}, rule.pattern)), make("td", {}, describe(rule)),
    make("td", { className: "actions" }, button("up", "Up", !place), button("down", "Down", place === rules.length - 1), button("edit", "Edit"), button("delete", "Delete"))]
  return make("tr", {}, ...row)
}

function show() {
  const body = at("rules")?.tBodies[0]
  if (!body) return
  body.replaceChildren(...rules.map(drawRow))
  at("rules").hidden = !rules.length
  at("rules-none").hidden = rules.length > 0
}

async function load() {
  drawnIn = at("rules")
  try {
    ;[{ rules, revision }, languages] = await Promise.all([requestJson("api/rules"), requestJson("api/languages")])
    show()
  } catch (error) {
    showToast({ text: error.message, bad: true })
  }
}

/** Store the rules; rejects where one is refused, or where they were changed elsewhere, which shows them as they are now. */
async function store(changed) {
  isStoring = true
  try {
    ;({ rules, revision } = await requestJson("api/rules", { method: "PUT", json: { rules: changed, revision } }))
  } catch (error) {
    if (error.status === 409) await load()
    throw error
  } finally {
    isStoring = false
  }
  show()
}

function openDialog(place) {
  edited = place
  original = JSON.stringify(rules[place])
  const rule = rules[place] ?? { name: "", pattern: "", target_langs: [], source_lang: null, glossary: "", priority: null, skip: false, voices: [], engines: {} }
  const form = at("rule-form")
  const known = nameTargets(languages.targets)
  const choices = [...known, ...rule.target_langs.filter((tag) => !known.some(([each]) => each === tag)).map((tag) => [tag, tag])]
  at("rule-title").textContent = rules[place] ? `Rule ${place + 1}` : "New rule"
  at("rule-targets").replaceChildren(...choices.map(([value, label]) =>
    make("label", { className: "pick" }, make("input", { type: "checkbox", name: "target", value, checked: rule.target_langs.includes(value) }), ` ${label}`)))
  form.elements.source_lang.replaceChildren(make("option", { value: "" }, "Auto-detect"), ...languages.sources.map(({ tag, name }) => make("option", { value: tag }, name)))
  for (const name of ["name", "pattern", "source_lang", "priority", "glossary"]) form.elements[name].value = rule[name] ?? ""
  form.elements.skip.checked = rule.skip
  at("rule-engines").replaceChildren()
  at("rule-voices").replaceChildren()
  showChoices(rule, rule.target_langs, nameTarget)
  at("rule-said").hidden = true
  at("rule").showModal()
  form.elements.name.focus()
}

const targetsOf = (form) => [...form.querySelectorAll("[name=target]:checked")].map((box) => box.value)
const nameTarget = (tag) => nameOf(tag, nameTargets(languages.targets))

async function save(form) {
  const values = Object.fromEntries(["name", "pattern", "glossary"].map((name) => [name, form.elements[name].value.trim()]))
  const rule = { ...values, ...readChoices(form), target_langs: targetsOf(form),
    source_lang: form.elements.source_lang.value || null, priority: form.elements.priority.value || null, skip: form.elements.skip.checked }
  if (isStoring) return
  const place = edited
  try {
    await store(rules.toSpliced(place, 1, rule))
    at("rule").close()
    showToast({ text: "Rule saved.", bad: false })
  } catch (error) {
    const same = rules.findIndex((each) => JSON.stringify(each) === original)
    edited = same < 0 ? rules.length : same // the rules may be others now
    at("rule-said").textContent = error.problems?.[place] ?? error.message
    at("rule-said").hidden = false
  }
}

async function act({ rule: action, place }) {
  const n = Number(place)
  if (action === "edit") return openDialog(n)
  const rest = rules.toSpliced(n, 1)
  try {
    await store(action === "delete" ? rest : rest.toSpliced(action === "up" ? n - 1 : n + 1, 0, rules[n]))
    if (action === "delete") at("rule-add")?.focus()
    else document.querySelector(`[data-rule="${action}"][data-place="${action === "up" ? n - 1 : n + 1}"]:not(:disabled)`)?.focus()
  } catch (error) {
    showToast({ text: error.message, bad: true })
  }
}

async function tryPath() {
  const said = at("rule-tried")
  try {
    const { path, rule } = await requestJson("api/rules/try", { method: "POST", json: { path: at("rule-path").value.trim() } })
    said.textContent = rule ? `${path} meets the rule ${rule.name}: ${describe(rule)}.` : `${path} meets no rule.`
    said.className = "soft"
  } catch (error) {
    said.textContent = error.message
    said.className = "bad"
  }
}

export const rulesList = {
  begin({ signal }) {
    document.addEventListener("click", (event) => {
      const button = event.target.closest?.("button")
      if (button?.id === "rule-cancel") at("rule").close()
      else if (isStoring || event.detail > 1) return // a double click would meet the next rule
      else if (button?.id === "rule-add") openDialog(rules.length)
      else if (button?.dataset.rule) act(button.dataset)
    }, { signal })
    document.addEventListener("change", ({ target }) => {
      if (target.form?.id === "rule-form" && (target.name === "target" || target.name === "engine-synthesizer"))
        showChoices(readChoices(target.form), targetsOf(target.form), nameTarget)
    }, { signal })
    document.addEventListener("submit", (event) => {
      if (event.target.id !== "rule-form" && event.target.id !== "rule-try") return
      event.preventDefault()
      if (event.target.id === "rule-form") save(event.target)
      else tryPath()
    }, { signal })
  },
  look() { if (at("rules") && at("rules") !== drawnIn) load() },
}
