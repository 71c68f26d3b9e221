import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { KeyValues, type KeyValuesCommand } from "../../../core/chain/index.ts"

const { application } = KeyValues
const bytes = (text: string) => new TextEncoder().encode(text)
const text = (value: Uint8Array | undefined) => (value === undefined ? undefined : new TextDecoder().decode(value))

/** What commands are answered, one after the other, and the state behind them. */
const run = (...commands: ReadonlyArray<KeyValuesCommand>) => {
  let state = application.initial
  const answers = commands.map((command, position) => {
    const [next, answer] = application.apply(state, KeyValues.command(command), position)
    state = next
    return KeyValues.answer(answer)
  })
  return { answers, state, value: (key: string) => text(KeyValues.get(state, key)?.value) }
}

const put = (key: string, value: string, expected?: number): KeyValuesCommand => ({
  _tag: "Put",
  key,
  value: bytes(value),
  expected
})
const add = (key: string, amount: number): KeyValuesCommand => ({ _tag: "Add", key, amount })

describe("keys and values", () => {
  it("have the version of the command that wrote them", () => {
    const { answers, state, value } = run(put("a", "1"), put("b", "2"), put("a", "3"))
    expect(answers.map((answer) => "version" in answer && answer.version)).toEqual([1, 2, 3])
    expect([value("a"), KeyValues.get(state, "a")?.version, value("c")]).toEqual(["3", 3, undefined])
  })

  it("change only where they have the expected version", () => {
    const { answers, value } = run(put("a", "x", 0), put("a", "y", 0), put("a", "z", 1), put("a", "q", 2))
    expect(answers).toEqual([
      { _tag: "Done", version: 1 },
      { _tag: "OtherVersion", version: 1 },
      { _tag: "Done", version: 3 },
      { _tag: "OtherVersion", version: 3 }
    ])
    expect(value("a")).toBe("z")
  })

  it("are deleted, where they have the expected version", () => {
    const wrong = run(put("a", "x"), { _tag: "Delete", key: "a", expected: 7 })
    expect([wrong.answers[1], wrong.value("a")]).toEqual([{ _tag: "OtherVersion", version: 1 }, "x"])
    const right = run(put("a", "x"), { _tag: "Delete", key: "a", expected: 1 }, put("a", "y", 0))
    expect(right.answers[1]).toEqual({ _tag: "Done", version: 0 })
    expect(right.value("a")).toBe("y")
  })

  it("count, from 0 where there is nothing, and not beyond what is exact", () => {
    const { answers, value } = run(add("n", 5), add("n", -7), put("m", "x"), add("m", 1))
    expect(answers).toEqual([
      { _tag: "Done", version: 1, sum: 5 },
      { _tag: "Done", version: 2, sum: -2 },
      { _tag: "Done", version: 3 },
      { _tag: "NoNumber" }
    ])
    expect([value("n"), value("m")]).toEqual(["-2", "x"])
    expect(run(add("n", Number.MAX_SAFE_INTEGER), add("n", 1)).answers[1]).toEqual({ _tag: "NoNumber" })
    expect(run(put("n", "1.5"), add("n", 1)).answers[1]).toEqual({ _tag: "NoNumber" })
  })

  it("do not change by bytes that are no command", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), (command) => {
        const [state, answer] = application.apply(application.initial, command, 0)
        expect(["Done", "OtherVersion", "NoNumber", "NoCommand"]).toContain(KeyValues.answer(answer)._tag)
        if (KeyValues.answer(answer)._tag === "NoCommand") expect(state).toBe(application.initial)
      })
    )
  })

  it("are the same from a snapshot, whose bytes do not depend on the order of the commands", () => {
    const keys = fc.uniqueArray(fc.tuple(fc.string(), fc.string()), { selector: ([key]) => key, maxLength: 20 })
    fc.assert(
      fc.property(keys, (pairs) => {
        const puts = pairs.map(([key, value]) => put(key, value, 0))
        const { state } = run(...puts)
        const again = application.decode(application.encode(state))
        const shown = (entries: ReturnType<typeof KeyValues.entries>) =>
          entries.map(([key, { value, version }]) => [key, text(value), version])
        expect(shown(KeyValues.entries(again))).toEqual(shown(KeyValues.entries(state)))
        expect(application.encode(again)).toEqual(application.encode(state))
      })
    )
  })
})
