// Browser side of the live channel: hands Panel's model to the page's scripts under assets/.

export async function render({ model }) {
  const element = document.createElement("span")
  const { connect } = await import(new URL("assets/main.js", document.baseURI))
  connect(model)
  return element
}
