// Panel's end of the channel: hands it to the page's own scripts, which are files under assets/.

export async function render({ model }) {
  const element = document.createElement("span")
  const { connect } = await import(new URL("assets/main.js", document.baseURI))
  connect(model)
  return element
}
