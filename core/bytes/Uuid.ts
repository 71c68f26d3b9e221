import { DecodeError } from "./DecodeError.ts"
import { EncodeError } from "./EncodeError.ts"

/** The UUID of sixteen zero bytes, which Kafka's protocol uses for "none". */
export const nilUuid = "00000000-0000-0000-0000-000000000000"

const hexOf: ReadonlyArray<string> = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"))
const canonical = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/**
 * The canonical text (36 characters, lower case, hyphens) of the 16 bytes from `start` on.
 *
 * **Gotchas**
 *
 * Throws `DecodeError` when fewer than 16 bytes are there.
 */
export const uuidFromBytes = (bytes: Uint8Array, start = 0): string => {
  if (bytes.length - start < 16) {
    const detail = `${bytes.length - start} of 16 bytes are there`
    throw new DecodeError({ reason: "Truncated", position: start, what: "uuid", detail })
  }
  let text = ""
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += "-"
    text += hexOf[bytes[start + i]!]!
  }
  return text
}

/**
 * The 16 bytes of a UUID's canonical text, in either case.
 *
 * **Gotchas**
 *
 * Throws `EncodeError` when the text is not a UUID.
 */
export const uuidToBytes = (uuid: string): Uint8Array => {
  if (!canonical.test(uuid)) {
    throw new EncodeError({ reason: "InvalidValue", what: "uuid", detail: `${JSON.stringify(uuid)} is not a UUID` })
  }
  const hex = uuid.replaceAll("-", "")
  return Uint8Array.from({ length: 16 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16))
}
