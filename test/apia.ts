/** Makes sure that the tests of this project run in another zone than UTC, so that a use of the host's clock fails. */
const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
if (timeZone !== "Pacific/Apia") throw new Error(`the host's zone is ${timeZone}, not Pacific/Apia`)
