// Engines and voices of a rule in its dialog: choices that the service lists for the rule's languages.

import { requestJson } from "./dialogs.js"
import { at } from "./page.js"
import { make } from "./settings_fields.js"

const ROLES = { transcriber: "Speech recognition", translator: "Translation", synthesizer: "Speech synthesis" }
const AUTO = "By language"
let asked = 0 // number of the latest question: the answers to older ones are dropped

const checkedVoices = () => [...at("rule-voices").querySelectorAll("input:checked")].map((box) => box.value)

function drawEngines(engines, chosen) {
  const known = { ...engines }
  for (const [role, name] of Object.entries(chosen)) known[role] = [...new Set([...(known[role] ?? []), name])] // one that is no longer listed
  at("rule-engines").replaceChildren(...Object.entries(known).map(([role, names]) => {
    const select = make("select", { name: `engine-${role}` }, make("option", { value: "" }, AUTO), ...names.map((name) => make("option", { value: name }, name)))
    select.value = chosen[role] ?? ""
    return make("label", { className: "field" }, `${ROLES[role] ?? role} `, select)
  }))
}

function drawVoices(voices, names, detail, languageOf) {
  const pick = (name, label) => make("label", { className: "pick" }, make("input", { type: "checkbox", name: "voice", value: name, checked: names.includes(name) }), ` ${label}`)
  const several = Object.keys(voices).length > 1
  const listed = Object.entries(voices).flatMap(([tag, each]) => each.map(({ name, label }) => [name, several ? `${label} · ${languageOf(tag)}` : label]))
  const unlisted = names.filter((name) => !listed.some(([each]) => each === name)).map((name) => [name, name])
  at("rule-voices").replaceChildren(...[...new Map([...listed, ...unlisted])].map(([name, label]) => pick(name, label)))
  const empty = !listed.length && !detail
  at("rule-voices-hint").textContent = detail || (empty ? "Choose target languages to see their voices." : "Speakers are cast from the chosen ones; from all where none is chosen.")
}

/** Draw the choices for a rule. `tags`: its target languages; `languageOf`: the name of a tag. */
export async function showChoices({ voices, engines }, tags, languageOf) {
  const mine = ++asked
  const query = new URLSearchParams(tags.map((tag) => ["language", tag]))
  if (engines.synthesizer) query.set("synthesizer", engines.synthesizer)
  try {
    const found = await requestJson(`api/rules/choices?${query}`)
    if (mine !== asked) return
    drawEngines(found.engines, engines)
    drawVoices(found.voices, voices, found.detail, languageOf)
  } catch (error) {
    if (mine === asked) drawVoices({}, voices, error.message, languageOf)
  }
}

/** The choices as the dialog has them. */
export function readChoices(form) {
  const selects = [...form.querySelectorAll("select[name^=engine-]")].filter((select) => select.value)
  return { voices: checkedVoices(), engines: Object.fromEntries(selects.map((select) => [select.name.replace("engine-", ""), select.value])) }
}
