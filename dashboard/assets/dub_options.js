// Options of the form that adds videos: target languages, source language, tracks and glossary of the next films.

import { at } from "./page.js"

const CHOICES = ["speakers", "audio_track", "subtitle_track", "glossary"] // of the films that are added next

const form = () => at("upload").elements

export const selectedTargets = () => [...document.querySelectorAll("#targets input:checked")].map((box) => box.value)

/** Names of the ticked target languages. */
export const namesOfTargets = () => [...document.querySelectorAll("#targets label:has(:checked)")].map((label) => label.textContent.trim())

export const selectedSource = () => form().source_lang.value

/** Tracks and the number of speakers that were chosen, without those that are left to Dubarr, and the glossary. */
export function chosenTracks() {
  const fields = CHOICES.map((name) => [name, form()[name].value.trim()])
  return Object.fromEntries(fields.filter(([, value]) => value))
}

/** The choice is of the films that were added, not of the next ones. */
export function clearTracks() {
  if (at("upload")) for (const name of CHOICES) form()[name].value = ""
}

/** Show a sentence under a form; "" hides it. */
export function say(id, text, bad = false) {
  const said = at(id)
  if (!said) return
  said.textContent = text
  said.className = bad ? "bad" : "good"
}

/** True if a target language is ticked; a sentence is shown under the form otherwise. */
export function requireTargets(saidId) {
  if (selectedTargets().length) return true
  say(saidId, "Tick at least one target language.", true)
  if (!document.querySelector("dialog[open]")) at("targets").querySelector("input")?.focus()
  return false
}
