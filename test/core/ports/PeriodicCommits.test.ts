import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { PeriodicCommits } from "../../../core/ports/index.ts"

const { assign, committed, forget, mark, marked, noCommits, pending } = PeriodicCommits

const a = { topic: "t", partition: 0 }
const b = { topic: "t", partition: 1 }

describe("periodic commits", () => {
  it("154. have nothing to commit while nothing is assigned, marked, or marked beyond what is committed", () => {
    expect(pending(noCommits)).toEqual([])
    expect(pending(assign(noCommits, [a, b]))).toEqual([])
    const done = committed(mark(assign(noCommits, [a]), { ...a, offset: 5 }), [{ ...a, offset: 5 }])
    expect(pending(done)).toEqual([])
    expect(pending(mark(done, { ...a, offset: 4 }))).toEqual([])
  })

  it("154. commit what is marked beyond what is committed", () => {
    const commits = mark(mark(assign(noCommits, [a, b]), { ...a, offset: 5 }), { ...b, offset: 7 })
    expect(pending(commits)).toEqual([
      { ...a, offset: 5 },
      { ...b, offset: 7 }
    ])
    expect(pending(committed(commits, [{ ...a, offset: 5 }]))).toEqual([{ ...b, offset: 7 }])
  })

  it("154. never go back, neither marks nor what is committed", () => {
    const offsets = fc.array(fc.nat(9), { minLength: 1 })
    fc.assert(
      fc.property(offsets, offsets, (marks, commits) => {
        const marked = marks.reduce((all, offset) => mark(all, { ...a, offset }), assign(noCommits, [a]))
        expect(pending(marked)).toEqual([{ ...a, offset: Math.max(...marks) }])
        const told = commits.reduce((all, offset) => committed(all, [{ ...a, offset }]), marked)
        const known = Math.max(...commits) >= Math.max(...marks)
        expect(pending(told)).toEqual(known ? [] : [{ ...a, offset: Math.max(...marks) }])
      })
    )
  })

  it("154. forget what is revoked or lost, and pass over marks and commits of what is not assigned", () => {
    const left = forget(mark(assign(noCommits, [a, b]), { ...a, offset: 5 }), [a])
    expect(pending(left)).toEqual([])
    expect(pending(mark(left, { ...a, offset: 6 }))).toEqual([])
    expect(marked(left, a)).toBeUndefined()
    expect(pending(assign(committed(left, [{ ...a, offset: 9 }]), [a]))).toEqual([])
    expect(pending(mark(assign(left, [a]), { ...a, offset: 1 }))).toEqual([{ ...a, offset: 1 }])
  })

  it("154. keep what is known of a partition that is assigned again without having been away", () => {
    const commits = committed(mark(assign(noCommits, [a]), { ...a, offset: 5 }), [{ ...a, offset: 3 }])
    expect(assign(commits, [a, b]).get("t-0")).toEqual(commits.get("t-0"))
  })

  it("say up to where a partition is done, committed or not", () => {
    const commits = mark(assign(noCommits, [a, b]), { ...a, offset: 5 })
    expect([marked(commits, a), marked(commits, b)]).toEqual([5, undefined])
    expect(marked(committed(commits, [{ ...a, offset: 5 }]), a)).toBe(5)
  })

  it("156. tell apart what is pending of the partitions that are revoked", () => {
    const commits = mark(mark(assign(noCommits, [a, b]), { ...a, offset: 5 }), { ...b, offset: 7 })
    expect(pending(commits, [b])).toEqual([{ ...b, offset: 7 }])
  })
})
