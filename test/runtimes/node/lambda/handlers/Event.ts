import { Buffer } from "node:buffer"
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs"

/** What these handlers use of an event. */
export interface Event {
  readonly records: Readonly<
    Record<string, ReadonlyArray<{ readonly offset: number; readonly value?: string; readonly partition: number }>>
  >
}

/** The values of an event's records, and where each stands. */
export const valuesOf = ({ records }: Event): ReadonlyArray<{ readonly place: string; readonly value: string }> =>
  Object.entries(records).flatMap(([name, some]) =>
    some.map(({ offset, value = "" }) => ({
      place: `${name}:${offset}`,
      value: Buffer.from(value, "base64").toString()
    }))
  )

/** Remembers what the function has done, over its processes. */
export const remember = (line: string): void => appendFileSync(process.env["MEMORY"] ?? "", `${line}\n`)

/** What the function has done. */
export const remembered = (): ReadonlyArray<string> => readFileSync(process.env["MEMORY"] ?? "", "utf8").split("\n")

/** Whether this is the first time that it is asked, over all processes. */
export const isFirst = (what: string): boolean => {
  const path = `${process.env["MEMORY"]}.${what}`
  if (existsSync(path)) return false
  writeFileSync(path, "")
  return true
}
