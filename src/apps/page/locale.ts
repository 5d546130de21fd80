/**
 * A browser may name a language that its own `Intl` refuses, as `en-US@posix` where a machine has no locale, and the
 * drawing library then fails while it loads. Imported before it.
 */
const isKnown = (language: string): boolean => {
  try {
    return Intl.getCanonicalLocales(language).length > 0
  } catch {
    return false
  }
}

if (!isKnown(navigator.language)) Object.defineProperty(navigator, "language", { value: "en-US", configurable: true })
