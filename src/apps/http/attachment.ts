/**
 * The file name that an answer suggests to whoever saves it (RFC 6266).
 */

/** What some file system does not take in a name, and what a quoted text of a header does not take. */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f"*/:<>?\\|]/g

/** Of the longest part, characters: file systems allow names of 255 bytes. */
const MAX_PART = 60

const partOf = (text: string): string =>
  [...text.replace(UNSAFE, "-")].slice(0, MAX_PART).join("").replace(/^[.\s]+|[.\s]+$/g, "")

/** Percent-encoded as RFC 8187 asks, which is stricter than URLs. */
const encoded = (name: string): string =>
  encodeURIComponent(name).replace(/['()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)

/** `Content-Disposition` of a download whose name is made of parts. A second name is for what is not ASCII. */
export const attachment = (parts: ReadonlyArray<string>, extension: string): string => {
  const name = `${parts.map(partOf).filter((part) => part !== "").join("_")}.${extension}`
  // Some clients decode a percent sign even where it stands for itself.
  const plain = name.replace(/[^\u0020-\u007e]|%/g, "-")
  return `attachment; filename="${plain}"${plain === name ? "" : `; filename*=UTF-8''${encoded(name)}`}`
}
