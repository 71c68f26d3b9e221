import type { Mutant } from "../Mutant.ts"
import { planted } from "../Planted.ts"

const mapping = planted("lambda", "core/lambda/EventSourceMapping.ts")
const work = planted("lambda", "core/lambda/MappingWork.ts")
const records = planted("lambda", "core/journal/replicate/GivenRecords.ts")
const replication = planted("lambda", "core/journal/replicate/Replication.ts")
const given = planted("lambda", "core/journal/replicate/GivenReplication.ts")

/** Bugs of an event source mapping, and of a function that replicates what it is invoked with. */
export const lambdaMutants: ReadonlyArray<Mutant> = [
  records("gap-not-seen", "It takes whatever it is handed over, wherever that begins.", [
    `record.offset - nextOffset > largestGap`,
    `false`
  ]),
  records("gap-one-too-wide", "It takes one missing record for an offset that holds nothing.", [
    `record.offset - nextOffset > largestGap`,
    `record.offset - nextOffset > largestGap + 1`
  ]),
  records("gap-measured-from-the-first", "It looks for a gap before the first record, and not between the others.", [
    `|| record.offset - nextOffset > largestGap`,
    `|| (page.length === 0 && record.offset - nextOffset > largestGap)`
  ]),
  given("gap-ends-what-is-in-hand", "It gives up at a gap before it has stored what is before that, each time again.", [
    `if (given._tag === "End" || inner.batch !== undefined) return undefined`,
    `if (given._tag === "End") return undefined`
  ]),
  given("resumes-one-too-far", "It reports the record behind the first one that is not in the store.", [
    `offset >= (outcome.nextOffset ?? 0))`,
    `offset > (outcome.nextOffset ?? 0))`
  ]),
  given("late-taken-for-done", "It reports nothing where there was no time for everything.", [
    `{ _tag: isDone ? "Done" : "Late", nextOffset }`,
    `{ _tag: isDone ? "Done" : "Late", nextOffset: givenEnd(state.config) }`
  ]),
  given("failure-taken-for-done", "It reports nothing where a partition has failed.", [
    `{ _tag: "Failed", error, nextOffset: state.nextOffset }`,
    `{ _tag: "Failed", error, nextOffset: givenEnd(state.config) }`
  ]),
  given("redelivery-unnoticed", "It waits for records that are in the store already until its time is up.", [
    `return { ...state, nextOffset: (input.answer.offset ?? -1) + 1 }`,
    `return state`
  ]),
  given("place-of-the-event", "It takes what is before the event for what the store has.", [
    `return { ...state, nextOffset: (input.answer.offset ?? -1) + 1 }`,
    `return { ...state, nextOffset: Math.max((input.answer.offset ?? -1) + 1, (state.config.records[0]?.offset ?? 0) + 1) }`
  ]),
  replication("unfenced", "It goes on from what it knows when another function has moved the pointer.", [
    `state.stopping ? stop(state) : begin(state)`,
    `written(state, 0)`
  ]),
  mapping("answer-not-read", "It takes every answer of a function for success.", [
    `return finish(state, work, [again(state, resumed(work, verdict.resume))])`,
    `return finish(state, work, [])`
  ]),
  mapping("commits-beyond-what-is-left", "It commits the end of a batch of which records are left.", [
    `const offset = left?.records[0]?.offset ?? (last`,
    `const offset = (last`
  ]),
  mapping("second-half-lost", "It forgets the second half of a batch that it has halved.", [
    `isHalved ? halves(work) :`,
    `isHalved ? halves(work).slice(0, 1) :`
  ]),
  mapping("halves-swapped", "It hands over the second half of a batch before the first one.", [
    `isHalved ? halves(work) :`,
    `isHalved ? [...halves(work)].reverse() :`
  ]),
  mapping("second-half-overtakes", "It hands over the second half while the first one waits for another attempt.", [
    `    return !work.slices.some((slice) => before.some((one) => isSame(one, slice)))`,
    `    return work.slices.some((slice) => before.some((one) => isSame(one, slice))) || true`
  ]),
  mapping("new-batch-overtakes", "It hands over new records while older ones wait for another attempt.", [
    `const begun = pending.flatMap(({ slices }) => slices)`,
    `const begun = pending.slice(pending.length).flatMap(({ slices }) => slices)`
  ]),
  mapping("position-skips", "It polls one offset too far.", [
    `position: Math.max(one.position, input.nextOffset)`,
    `position: Math.max(one.position, input.nextOffset + 1)`
  ]),
  mapping("old-assignment-counts", "It goes on with records of an earlier assignment of the same partition.", [
    `partitions.some((one) => isSame(one, slice) && one.epoch === slice.epoch)`,
    `partitions.some((one) => isSame(one, slice))`
  ]),
  mapping("rest-given-up-too", "With records that are too old it gives up the others of their batch.", [
    `if (done) return finish(state, out, [rest])`,
    `if (done) return finish(state, whole, [])`
  ]),
  mapping("given-up-into-nothing", "It passes over records that have not come to where given up ones go.", [
    `if (done) return finish(state, out, [rest])`,
    `if (done || true) return finish(state, out, [rest])`
  ]),
  mapping("kill-forgotten", "It kills a function whose time is up, and hands its records over no more.", [
    `const [after, outputs] = failed({ ...next, flight: undefined }, flight.work)`,
    `const [after, outputs] = finish({ ...next, flight: undefined }, flight.work, [])`
  ]),
  work("resumed-one-too-far", "It hands records over again from the one behind the one that was reported.", [
    `offset >= at.offset`,
    `offset > at.offset`
  ]),
  work("resumed-by-topic", "It takes the place of one partition for that of another one.", [
    `partition === slice.partition && topic === slice.topic`,
    `topic === slice.topic`
  ])
]
