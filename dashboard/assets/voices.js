// Speaker cards: play a clip, rename, merge, choose a voice.

import { requestJson } from "./dialogs.js"
import { playClip } from "./audio_clips.js"
import { at } from "./page.js"

const initialValue = (field) => (field.nodeName === "SELECT" ? [...field.options].find((option) => option.defaultSelected)?.value ?? field.options[0].value : field.defaultValue)

const changedFields = (form) => [...form.querySelectorAll("input, select")].filter((field) => field.value !== initialValue(field))

async function saveSpeaker(form, { showToast, tell }) {
  const wish = {}
  for (const field of changedFields(form)) {
    if (field.name === "voice") wish.voices = { ...wish.voices, [field.dataset.language]: field.value || null }
    else wish[field.name] = field.value.trim() || null
  }
  try {
    await requestJson(`api/tasks/${at("film").dataset.task}/speakers/${encodeURIComponent(form.dataset.speaker)}`, { method: "PATCH", json: wish })
    const heard = "merge_into" in wish || "voices" in wish
    showToast({ text: heard ? "Saved. The affected lines are re-dubbed." : "Saved.", bad: false })
    for (const field of changedFields(form)) {
      if (field.nodeName === "SELECT") for (const option of field.options) option.defaultSelected = option.selected
      else field.defaultValue = field.value
    }
    form.querySelector("[type=submit]").disabled = true
    tell({ refresh: true })
  } catch (error) {
    showToast({ text: error.message, bad: true })
  }
}

export const voices = {
  begin(page) {
    const { signal, showToast } = page
    document.addEventListener("input", (event) => {
      const form = event.target.closest?.("form[data-speaker]")
      if (form) form.querySelector("[type=submit]").disabled = changedFields(form).length === 0
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
}
