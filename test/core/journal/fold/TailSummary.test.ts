import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { TailSummary } from "../../../../core/journal/index.ts"
import type { Action, JournalState } from "../../../../core/journal/index.ts"
import { appended, deleted } from "../../../../core/journal/fold/Fold.ts"

type Deed =
  | readonly ["append", from: number, to: number]
  | readonly ["delete", to: number]
  | readonly ["purge" | "mark"]

const actionOf = (deed: Deed): Action => {
  const base = { journalId: "a", timestamp: 0, origin: undefined, version: undefined }
  switch (deed[0]) {
    case "append": {
      const range = { from: deed[1], to: deed[2] }
      const value = new Uint8Array()
      return {
        ...base,
        _tag: "Append",
        range,
        payloadType: "json",
        headerMetadata: undefined,
        headers: new Map(),
        value
      }
    }
    case "delete":
      return { ...base, _tag: "Delete", to: deed[1] }
    case "purge":
      return { ...base, _tag: "Purge" }
    case "mark":
      return { ...base, _tag: "Mark", id: "mark" }
  }
}

/** The run of these deeds, at offsets 10, 11, 12 and so on. */
const runOf = (deeds: ReadonlyArray<Deed>, from = 10, before?: TailSummary.TailSummary) =>
  deeds.reduce((run, deed, at) => TailSummary.extended(run, actionOf(deed), from + at), before)

const fold = (state: JournalState | undefined, deeds: ReadonlyArray<Deed>): JournalState | undefined =>
  deeds.reduce<JournalState | undefined>((now, deed) => {
    if (deed[0] === "append") return appended(now, { from: deed[1], to: deed[2] })
    if (deed[0] === "delete") return deleted(now, deed[1])
    return deed[0] === "purge" ? undefined : now
  }, state)

const seqNr = fc.integer({ min: 1, max: 12 })
const append = fc
  .tuple(fc.constant("append" as const), seqNr, seqNr)
  .map(([tag, a, b]): Deed => [tag, Math.min(a, b), Math.max(a, b)])
const remove = fc.tuple(fc.constant("delete" as const), seqNr).map((deed): Deed => deed)
const rest = fc.constantFrom<Deed>(["purge"], ["mark"])
const deeds = fc.array(fc.oneof({ arbitrary: append, weight: 5 }, { arbitrary: remove, weight: 4 }, rest), {
  maxLength: 12
})
const base = fc.option(
  fc.tuple(seqNr, seqNr).map(([a, b]): JournalState => ({ seqNr: Math.max(a, b), deleteTo: Math.min(a, b) - 1 })),
  { nil: undefined }
)

const overRun = (run: TailSummary.TailSummary | undefined, state: JournalState | undefined) =>
  run === undefined ? state : TailSummary.over(run, state)

describe("the summary of a journal's tail", () => {
  it("gives over any base what the actions give one by one", () => {
    fc.assert(
      fc.property(deeds, base, (some, state) => {
        expect(overRun(runOf(some), state)).toEqual(fold(state, some))
      })
    )
  })

  it("H6: is the same whether the actions come in one page or in two, also over a base that has the first part", () => {
    fc.assert(
      fc.property(deeds, deeds, base, (some, more, state) => {
        const whole = runOf([...some, ...more])
        expect(runOf(more, 10 + some.length, runOf(some))).toEqual(whole)
        expect(overRun(runOf(more), fold(state, some))).toEqual(overRun(whole, state))
      })
    )
  })

  it("says where a journal begins that does not exist, and nothing of one that does", () => {
    const run = runOf([
      ["append", 5, 6],
      ["append", 2, 7]
    ])
    expect(overRun(run, undefined)).toEqual({ seqNr: 7, deleteTo: 4 })
    expect(overRun(run, { seqNr: 1, deleteTo: 0 })).toEqual({ seqNr: 7, deleteTo: 0 })
  })

  it("H6: a delete beyond the last number hides no later append", () => {
    const run = runOf([
      ["append", 1, 3],
      ["delete", 10],
      ["append", 4, 5]
    ])
    expect(overRun(run, { seqNr: 2, deleteTo: 0 })).toEqual({ seqNr: 5, deleteTo: 3 })
  })

  it("H7: never takes the last number back, nor a delete, unless the journal is purged", () => {
    const unpurged = deeds.map((some) => some.filter(([tag]) => tag !== "purge"))
    fc.assert(
      fc.property(unpurged, base, (some, state) => {
        const after = overRun(runOf(some), state)
        expect(after?.seqNr ?? 0).toBeGreaterThanOrEqual(state?.seqNr ?? 0)
        expect(after?.deleteTo ?? 0).toBeGreaterThanOrEqual(state?.deleteTo ?? 0)
      })
    )
  })

  it("H1: a purge makes everything before it count for nothing, in the run and in the base", () => {
    const run = runOf([["append", 1, 9], ["delete", 4], ["purge"], ["append", 1, 2]])
    expect(run).toMatchObject({ first: 13, last: 13, purged: true })
    expect(overRun(run, { seqNr: 100, deleteTo: 50 })).toEqual({ seqNr: 2, deleteTo: 0 })
  })

  it("begins at the first action after a purge, and ends at the last one, which may be the purge", () => {
    expect(runOf([["append", 1, 1], ["mark"], ["delete", 1]])).toMatchObject({ first: 10, last: 12 })
    expect(runOf([["append", 1, 1], ["purge"]])).toMatchObject({ first: undefined, last: 11, alone: undefined })
  })

  it("52. is none where there are only marks", () => {
    expect(runOf([["mark"], ["mark"]])).toBeUndefined()
  })
})
