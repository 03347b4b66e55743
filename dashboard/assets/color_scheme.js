// Colour scheme: system, light or dark; kept in local storage.

import { at } from "./page.js"

const SCHEMES = ["system", "light", "dark"]
const dark = matchMedia("(prefers-color-scheme: dark)")
const chosen = () => localStorage.getItem("dubarr-scheme") ?? "system"

/** Effective colour scheme: light or dark. */
export const scheme = () => (chosen() === "system" ? (dark.matches ? "dark" : "light") : chosen())

export function initColorScheme(changed, signal) {
  const button = at("scheme")
  const applyScheme = () => {
    const now = chosen()
    if (now === "system") delete document.documentElement.dataset.scheme
    else document.documentElement.dataset.scheme = now
    const label = `Theme: ${now}`
    button.setAttribute("aria-label", label)
    button.title = label
    button.dataset.now = now
  }
  button.addEventListener("click", () => {
    localStorage.setItem("dubarr-scheme", SCHEMES[(SCHEMES.indexOf(chosen()) + 1) % SCHEMES.length])
    applyScheme()
    changed()
  }, { signal })
  dark.addEventListener("change", () => { applyScheme(); changed() }, { signal })
  applyScheme()
}
