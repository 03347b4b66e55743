// Form of the library: table or cards, kept in this browser, and its order.

const KEY = "dubarr-view"

const view = () => (localStorage.getItem(KEY) === "table" ? "table" : "cards")

/** Query of this page for the server, with the view that this browser has chosen. */
export function routeQuery() {
  const query = new URLSearchParams(location.search)
  query.set("view", view())
  return `?${query}`
}

export const listView = {
  begin({ tell, signal }) {
    document.addEventListener("click", (event) => {
      const chosen = event.target.closest?.("button[data-view]")?.dataset.view
      if (!chosen || chosen === view()) return
      localStorage.setItem(KEY, chosen)
      const query = new URLSearchParams(location.search)
      query.delete("from") // the pages are of another size
      history.replaceState(history.state, "", query.size ? `?${query}` : "./")
      tell({ go: routeQuery() })
    }, { signal })
    document.addEventListener("change", (event) => {
      if (event.target.id !== "sort-by") return
      history.pushState(null, "", event.target.value)
      tell({ go: routeQuery() })
    }, { signal })
  },
}
