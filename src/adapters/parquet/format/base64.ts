/** Base64 for what must be text in a footer. `Uint8Array.prototype.toBase64` is missing in Node 24. */
export const toBase64 = (bytes: Uint8Array): string => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))

/** Throws where the text is not Base64. */
export const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (symbol) => symbol.charCodeAt(0))
