import { existsSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { projectRoot } from "../house/Command.ts"
import { readText } from "../house/Tree.ts"

const page = readText(projectRoot, "docs/coming-from-kafka-journal.md")

interface Row {
  readonly numbers: ReadonlyArray<number>
  readonly files: ReadonlyArray<string>
  readonly text: string
}

const rows: ReadonlyArray<Row> = [...page.matchAll(/^\| (\d+)(?:–(\d+))? +\|[^|]*\| ([^|]*)\|$/gm)].map(
  ([, from, to, where = ""]) => ({
    numbers: Array.from({ length: Number(to ?? from) - Number(from) + 1 }, (_, at) => Number(from) + at),
    files: [...where.matchAll(/`([^`]+\.ts)`/g)].flatMap(([, file]) => file ?? []),
    text: where.trim()
  })
)

/** The scenarios that a file's tests are named after: `17.`, `34. and 35.`, `44. to 46.`. */
const numbersIn = (file: string): ReadonlySet<number> => {
  const text = readText(projectRoot, file)
  const single = [...text.matchAll(/\b(\d+)\.(?=[ ,])/g)].map(([, number]) => Number(number))
  const ranges = [...text.matchAll(/\b(\d+)\. to (\d+)\. /g)].flatMap(([, from, to]) =>
    Array.from({ length: Number(to) - Number(from) + 1 }, (_, at) => Number(from) + at)
  )
  return new Set([...single, ...ranges])
}

describe("the page for people who come from kafka-journal", () => {
  it("has each scenario once", () => {
    const numbers = rows.flatMap((row) => row.numbers)
    const expected = Array.from({ length: 165 }, (_, at) => at + 1)
    expect(numbers).toEqual(expected)
  })

  it("says of each scenario where it is, or why it is nowhere", () => {
    const unexplained = rows.filter(({ files, text }) => files.length === 0 && !text.startsWith("no counterpart: "))
    expect(unexplained).toEqual([])
  })

  it("names files that exist, with tests that have the scenarios' numbers", () => {
    for (const { files, numbers } of rows) {
      expect(files.filter((file) => !existsSync(join(projectRoot, file)))).toEqual([])
      const found = files.map(numbersIn)
      const missing = files.length === 0 ? [] : numbers.filter((number) => !found.some((some) => some.has(number)))
      expect(missing, files.join(", ")).toEqual([])
    }
  })
})
