/**
 * Proves that `npm run key` makes keys that work, by running it and asking a Worker with what it printed.
 */
import { assert, it } from "@effect/vitest"
import { execFileSync, spawnSync } from "node:child_process"
import { join } from "node:path"
import { makeWorld, withKey } from "../http/world.ts"

const COMMAND = join(import.meta.dirname, "../../../src/apps/cli/key.ts")

it("makes a key that opens what it says, and nothing else", async () => {
  const made = execFileSync(process.execPath, [COMMAND, "--scope", "read", "--sites", "north, east"], {
    encoding: "utf8"
  })
  const [, key = "", entry = ""] = /^key {4}(\S+)\nentry {2}(\S+)\n$/.exec(made) ?? []
  assert.isAtLeast(key.length, 43)
  assert.notInclude(entry, key)
  const world = await makeWorld({ API_KEYS: entry })
  assert.strictEqual((await world.query("/sites", withKey(key))).status, 200)
  assert.strictEqual((await world.query("/sites", withKey(`${key}x`))).status, 401)
  assert.strictEqual((await world.query("/points?site_name=south", withKey(key))).status, 403)
  assert.strictEqual((await world.etl("/trigger", withKey(key, { method: "POST" }))).status, 403)
})

it("says how it is used where it is used otherwise", () => {
  for (const flags of [[], ["--scope", "write"], ["--scope", "read", "--sites", ""], ["--what"], ["--scope"]]) {
    const { status, stderr, stdout } = spawnSync(process.execPath, [COMMAND, ...flags], { encoding: "utf8" })
    assert.deepStrictEqual([status, stdout], [1, ""])
    assert.include(stderr, "npm run key")
    assert.notMatch(stderr, /^\s+at /m)
  }
})

it("says how it is used to who asks for help", () => {
  for (const flag of ["--help", "-h"]) {
    const { status, stderr, stdout } = spawnSync(process.execPath, [COMMAND, flag], { encoding: "utf8" })
    assert.deepStrictEqual([status, stderr], [0, ""])
    assert.match(stdout, /^npm run key -- --scope/)
  }
})

it("limits a key to sites whose names contain separators", async () => {
  const sites = ["a+b", "a,b", "a@b", "100%", "50%25"]
  const flags = ["--scope", "read", ...sites.flatMap((site) => ["--site", site])]
  const made = execFileSync(process.execPath, [COMMAND, ...flags], { encoding: "utf8" })
  const [, key = "", entry = ""] = /^key {4}(\S+)\nentry {2}(\S+)\n$/.exec(made) ?? []
  const world = await makeWorld({ API_KEYS: entry })
  const status = async (site: string) =>
    (await world.query(`/points?site_name=${encodeURIComponent(site)}`, withKey(key))).status
  // None of them exists; those that the key is not for are not looked for.
  for (const site of sites) assert.strictEqual(await status(site), 404, site)
  for (const site of ["a", "b", "100", "50%", "100%25"]) assert.strictEqual(await status(site), 403, site)
})
