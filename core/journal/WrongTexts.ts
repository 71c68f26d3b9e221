import { isWellFormed, shownText, utf8Length } from "../bytes/index.ts"
import type { JournalKey, Payload } from "../ports/index.ts"
import { JournalError } from "./model/JournalError.ts"
import { WrittenJson } from "./model/WrittenJson.ts"

/** The most bytes of an id in UTF-8, 65 535: what a key of Cassandra holds, and so the most that kafka-journal stores. */
export const maxIdBytes = 65_535

/**
 * What is wrong with a text that is to be written; `undefined` where nothing is, or it is no text at all.
 *
 * **Details**
 *
 * Bytes of UTF-8 have no half of a surrogate pair, and JSON has an escape for it. So it would be one text in the log and
 * in some stores and another in the others, and two ids one key: such texts are not written, but are read where another
 * writer has written them.
 */
const wrongText = (text: unknown): string | undefined =>
  typeof text !== "string" || isWellFormed(text)
    ? undefined
    : "is not well-formed Unicode: a half of a surrogate pair stands alone in it"

/** Why nothing can be asked of a journal of this id, or by a program of this origin and version; `undefined` where it can. */
export const wrongNames = (
  key: JournalKey,
  origin: string | undefined,
  version: string | undefined
): JournalError | undefined => {
  const named = [
    ["id", key.id, "give a journal another id"],
    ["origin", origin, "give these journals another one"],
    ["version", version, "give these journals another one"]
  ] as const
  for (const [name, text, advice] of named) {
    const wrong = wrongText(text)
    if (text === undefined || wrong === undefined) continue
    return new JournalError({
      reason: "Invalid",
      ...key,
      message: `The ${name} ${shownText(text)} ${wrong}; ${advice}.`
    })
  }
  return undefined
}

/** Which text of an append must not be written, and why; `undefined` where all may. */
export const wrongTextIn = (
  events: ReadonlyArray<{ readonly tags?: ReadonlyArray<string> }>,
  payloads: ReadonlyArray<Payload | undefined>,
  headers: ReadonlyMap<string, string>
): string | undefined => {
  for (const [at, { tags = [] }] of events.entries()) {
    for (const tag of tags) {
      const wrong = wrongText(tag)
      if (wrong !== undefined) return `tag ${shownText(tag)} of event ${at + 1} of the append ${wrong}`
    }
    const payload = payloads[at]
    // Written JSON has escapes.
    if (payload === undefined || payload._tag === "Binary" || payload instanceof WrittenJson) continue
    const wrong = wrongText(payload.text)
    if (wrong !== undefined) return `payload of event ${at + 1} of the append ${wrong}`
  }
  for (const [name, value] of headers) {
    const wrongName = wrongText(name)
    if (wrongName !== undefined) return `header's name ${shownText(name)} of the append ${wrongName}`
    const wrongValue = wrongText(value)
    if (wrongValue !== undefined) return `value of the header ${shownText(name)} of the append ${wrongValue}`
  }
  return undefined
}

/** Why nothing can be appended to a journal of this id: it is too long; `undefined` where it is not. */
export const longId = (key: JournalKey): JournalError | undefined => {
  const { id } = key
  const mayBeLong = id.length * 3 > maxIdBytes
  if (!mayBeLong) return undefined
  const bytes = utf8Length(id)
  if (bytes <= maxIdBytes) return undefined
  const message = `The id ${shownText(id)} has ${bytes} bytes in UTF-8, and an id may have ${maxIdBytes}: give the journal a shorter one.`
  return new JournalError({ reason: "Invalid", ...key, message })
}
