/**
 * A Worker with a wrong setting does no work, and says why wherever somebody may look: in every answer, in the log, and
 * in the error of every cron and queue delivery. An error while it starts would be seen by nobody: a runtime may print
 * less than its message, and clients get the platform's own page.
 */
import { SettingsError } from "./settings.ts"

const answer = ({ message }: SettingsError): Response => {
  console.error(message)
  const problem = { type: "about:blank", title: "Unavailable", status: 503, code: "misconfigured", detail: message }
  return Response.json(problem, {
    status: 503,
    headers: { "content-type": "application/problem+json", "cache-control": "no-store", "retry-after": "60" }
  })
}

const refusing = (error: SettingsError) => {
  // A plain error: workerd prints only what is its own property.
  const refuse = () => Promise.reject(new Error(error.message))
  return { fetch: () => answer(error), scheduled: refuse, queue: refuse } satisfies ExportedHandler
}

/** The Worker that `make` makes; with wrong settings one that refuses everything by their names. */
export const orMisconfigured = <Worker>(make: () => Worker): Worker | ReturnType<typeof refusing> => {
  try {
    return make()
  } catch (error) {
    if (error instanceof SettingsError) return refusing(error)
    throw error
  }
}
