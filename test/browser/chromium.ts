/**
 * The browser of the tests: the one that `CHROMIUM` names, or the one on the `PATH`, or the one that an npm package
 * ships. Without any the tests fail.
 */
import sparticuz from "@sparticuz/chromium"
import { accessSync, constants } from "node:fs"
import { delimiter, join } from "node:path"
import { type Browser, chromium } from "playwright-core"

const NAMES = ["chromium", "chromium-browser", "google-chrome"]

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const onPath = (): string | undefined =>
  (process.env["PATH"] ?? "").split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find(isExecutable)

export const launch = async (): Promise<Browser> =>
  chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? onPath() ?? await sparticuz.executablePath(),
    // Containers have neither the sandbox's rights nor a GPU.
    args: ["--no-sandbox", "--no-zygote", "--disable-gpu", "--font-render-hinting=none"]
  })
