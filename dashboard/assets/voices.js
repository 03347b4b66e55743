// Speaker cards: play a clip, rename, merge, choose a voice.

import { requestJson } from "./dialogs.js"
import { playClip } from "./audio_clips.js"
import { at } from "./page.js"

const saving = new WeakMap() // form → promise of its last request

const initialValue = (field) => (field.nodeName === "SELECT" ? [...field.options].find((option) => option.defaultSelected)?.value ?? field.options[0].value : field.defaultValue)

const changedFields = (form) => [...form.querySelectorAll("input, select")].filter((field) => field.value !== initialValue(field))

const showButton = (form) => { form.querySelector("[type=submit]").disabled = changedFields(form).length === 0 }

/** Save what was changed of a speaker, after what is being saved of it. */
function saveSpeaker(form, page) {
  const task = at("film").dataset.task
  const save = () => sendSpeaker(form, task, page)
  saving.set(form, saving.has(form) ? saving.get(form).then(save) : save())
}

async function sendSpeaker(form, task, { showToast, tell }) {
  const wish = {}
  const sent = changedFields(form).map((field) => [field, field.value])
  if (!sent.length) return
  for (const [field] of sent) {
    if (field.name === "voice") wish.voices = { ...wish.voices, [field.dataset.language]: field.value || null }
    else wish[field.name] = field.value.trim() || null
  }
  try {
    await requestJson(`api/tasks/${task}/speakers/${encodeURIComponent(form.dataset.speaker)}`, { method: "PATCH", json: wish })
    const heard = "merge_into" in wish || "voices" in wish
    showToast({ text: heard ? "Saved. The affected lines are re-dubbed." : "Saved.", bad: false })
    for (const [field, value] of sent) { // what was changed since is not saved yet
      if (field.nodeName === "SELECT") for (const option of field.options) option.defaultSelected = option.value === value
      else field.defaultValue = value
    }
    tell({ refresh: true })
  } catch (error) {
    showToast({ text: error.message, bad: true })
  } finally {
    showButton(form)
  }
}

export const voices = {
  begin(page) {
    const { signal, showToast } = page
    document.addEventListener("input", (event) => {
      const form = event.target.closest?.("form[data-speaker]")
      if (form) showButton(form)
    }, { signal })
    document.addEventListener("submit", (event) => {
      if (!event.target.dataset.speaker) return
      event.preventDefault()
      saveSpeaker(event.target, page)
    }, { signal })
    document.addEventListener("click", (event) => {
      const button = event.target.closest?.("[data-clip]")
      if (button) playClip(button, `api/tasks/${at("film").dataset.task}/speakers/${encodeURIComponent(button.dataset.clip)}/clip`, showToast)
    }, { signal })
  },
  /** A page that is drawn again knows nothing of what is typed. */
  look() { document.querySelectorAll("form[data-speaker]").forEach(showButton) },
}
