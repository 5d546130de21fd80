/** Tests of a file share its stores: each begins with empty ones. */
import { env } from "cloudflare:workers"

export const emptyStores = async (): Promise<void> => {
  const { results } = await env.DB.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%' " +
      "AND name NOT LIKE 'd1_%' AND name NOT LIKE '%schema%'"
  ).all<{ name: string }>()
  await env.DB.batch([
    env.DB.prepare("PRAGMA defer_foreign_keys = on"),
    ...results.map(({ name }) => env.DB.prepare(`DELETE FROM "${name}"`))
  ])
  const { objects } = await env.BUCKET.list()
  await env.BUCKET.delete(objects.map(({ key }) => key))
}
