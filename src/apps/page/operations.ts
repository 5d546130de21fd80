/** The operations page. */
document.querySelector("#page")?.append("…")
