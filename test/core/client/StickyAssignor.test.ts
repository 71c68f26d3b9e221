import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { assignSticky, type Shares, type Subscriber, withhold } from "../../../core/client/index.ts"
import { type TopicPartition, topicPartitionName } from "../../../core/log/index.ts"

const topics = ["a", "b", "c"]

const subscriber = fc.record({
  topics: fc.subarray(topics),
  owned: fc.uniqueArray(fc.record({ topic: fc.constantFrom(...topics), partition: fc.nat(6) }), {
    selector: topicPartitionName
  }),
  generation: fc.nat(3)
})

const situation = fc.record({
  subscribers: fc
    .array(subscriber, { maxLength: 5 })
    .map((all) => all.map((one, index): Subscriber => ({ id: `m${index}`, ...one }))),
  counts: fc
    .tuple(fc.nat(5), fc.nat(5), fc.nat(5))
    .map((each) => new Map(topics.map((name, i) => [name, each[i] ?? 0])))
})

const names = (share: ReadonlyArray<TopicPartition> | undefined): ReadonlyArray<string> =>
  (share ?? []).map(topicPartitionName)

const wants = (subscribers: ReadonlyArray<Subscriber>, id: string, topic: string): boolean =>
  subscribers.some((one) => one.id === id && one.topics.includes(topic))

const asText = (shares: Shares): string => JSON.stringify([...shares].sort())

const alike = (count: number, owned: (index: number) => ReadonlyArray<TopicPartition>): ReadonlyArray<Subscriber> =>
  Array.from({ length: count }, (_, index) => ({ id: `m${index}`, topics: ["a"], owned: owned(index), generation: 1 }))

describe("assignSticky", () => {
  it("gives every partition that somebody wants to one member that wants it, and none that does not exist", () => {
    fc.assert(
      fc.property(situation, ({ counts, subscribers }) => {
        const shares = assignSticky(subscribers, counts)
        const given = [...shares.values()].flatMap(names)
        const wanted = [...counts].flatMap(([topic, count]) =>
          subscribers.some((one) => one.topics.includes(topic))
            ? Array.from({ length: count }, (_, partition) => topicPartitionName({ topic, partition }))
            : []
        )
        expect([...given].sort()).toEqual(wanted.sort())
        for (const [id, share] of shares) {
          expect(share.filter(({ topic }) => !wants(subscribers, id, topic))).toEqual([])
        }
      })
    )
  })

  it("gives nobody two more than somebody who could have one of them", () => {
    fc.assert(
      fc.property(situation, ({ counts, subscribers }) => {
        const shares = assignSticky(subscribers, counts)
        for (const [from, share] of shares) {
          for (const { topic } of share) {
            for (const [to, other] of shares) {
              if (to !== from && wants(subscribers, to, topic)) expect(share.length - other.length).toBeLessThan(2)
            }
          }
        }
      })
    )
  })

  it("does not depend on the order of members and topics", () => {
    fc.assert(
      fc.property(situation, ({ counts, subscribers }) => {
        const turned = assignSticky([...subscribers].reverse(), new Map([...counts].reverse()))
        expect(asText(turned)).toBe(asText(assignSticky(subscribers, counts)))
      })
    )
  })

  it("leaves a share that is even as it is", () => {
    fc.assert(
      fc.property(situation, ({ counts, subscribers }) => {
        const shares = assignSticky(subscribers, counts)
        const settled = subscribers.map((one) => ({ ...one, owned: shares.get(one.id) ?? [], generation: 7 }))
        expect(asText(assignSticky(settled, counts))).toBe(asText(shares))
      })
    )
  })

  it("takes from those who stay no more than a new member's share", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.nat(40), (members, count) => {
        const counts = new Map([["a", count]])
        const before = assignSticky(
          alike(members, () => []),
          counts
        )
        const after = assignSticky(
          alike(members + 1, (index) => before.get(`m${index}`) ?? []),
          counts
        )
        const newcomer = names(after.get(`m${members}`))
        expect(newcomer.length).toBe(Math.floor(count / (members + 1)))
        for (let index = 0; index < members; index++) {
          const had = new Set(names(before.get(`m${index}`)))
          expect(names(after.get(`m${index}`)).filter((name) => !had.has(name))).toEqual([])
        }
      })
    )
  })

  it("believes who claims a partition since a later generation, and nobody where two claim it since the same", () => {
    const tp = { topic: "a", partition: 0 }
    const claim = (id: string, generation: number): Subscriber => ({ id, topics: ["a"], owned: [tp], generation })
    const counts = new Map([["a", 1]])
    expect(names(assignSticky([claim("x", 1), claim("y", 2)], counts).get("y"))).toEqual(["a-0"])
    expect(names(assignSticky([claim("y", 2), claim("x", 3)], counts).get("x"))).toEqual(["a-0"])
    const idle: Subscriber = { id: "a", topics: ["a"], owned: [], generation: -1 }
    expect(names(assignSticky([claim("x", 2), claim("y", 2), idle], counts).get("a"))).toEqual(["a-0"])
  })
})

describe("withhold", () => {
  it("gives nobody what another one still has", () => {
    fc.assert(
      fc.property(situation, ({ counts, subscribers }) => {
        const shares = assignSticky(subscribers, counts)
        for (const [id, share] of withhold(shares, subscribers)) {
          const others = new Set(subscribers.filter((one) => one.id !== id).flatMap(({ owned }) => names(owned)))
          expect(names(share)).toEqual(names(shares.get(id)).filter((name) => !others.has(name)))
        }
      })
    )
  })
})
