import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { Scope } from "effect/Scope"
import type { LogRecord, NewRecord } from "../../log/index.ts"
import type { CommitLog, CommitLogError, LogPage } from "../index.ts"
import type { ContractCase } from "./ContractCase.ts"
import { expectEqual, expectFailure } from "./ContractViolation.ts"

/**
 * What the cases work on.
 *
 * **Details**
 *
 * `topic` is new and empty, has at least two partitions, keeps the writer's timestamps, and keeps records of any age.
 * `missingTopic` does not exist, and naming it does not create it. A record of `tooLarge` bytes is refused.
 */
export interface CommitLogSubject {
  readonly log: CommitLog
  readonly topic: string
  readonly partitions: number
  readonly missingTopic: string
  readonly tooLarge: number
}

const firstTimestamp = 1_700_000_000_000
const plenty = 1_000_000

/** Lets a read reach a remote broker before what follows; the outcome does not depend on it. */
const underWay = Effect.sleep(50)

const filled = (length: number, seed: number): Uint8Array => {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = seed + i * 7
  return bytes
}

const numbered = (index: number, size = 16): NewRecord => ({
  key: filled(4, index),
  value: filled(size, index),
  headers: [{ name: `h${index}`, value: filled(2, index) }],
  timestamp: firstTimestamp + index
})

const range = (count: number): ReadonlyArray<number> => Array.from({ length: count }, (_, index) => index)

const append = (
  subject: CommitLogSubject,
  partition: number,
  record: NewRecord
): Effect.Effect<number, CommitLogError> => subject.log.append({ topic: subject.topic, partition, ...record })

const appendAll = (
  subject: CommitLogSubject,
  records: ReadonlyArray<NewRecord>,
  partition = 0
): Effect.Effect<ReadonlyArray<LogRecord>, CommitLogError> =>
  Effect.forEach(records, (record) =>
    Effect.map(append(subject, partition, record), (offset) => ({ offset, ...record }))
  )

const read = (
  subject: CommitLogSubject,
  offset: number,
  options: { readonly partition?: number; readonly maxBytes?: number; readonly maxWaitMs?: number } = {}
): Effect.Effect<LogPage, CommitLogError> =>
  subject.log.read({
    topic: subject.topic,
    partition: options.partition ?? 0,
    offset,
    maxBytes: options.maxBytes ?? plenty,
    maxWaitMs: options.maxWaitMs ?? 0
  })

/** Reads page by page until the stable end. */
const readAll = Effect.fnUntraced(function* (
  subject: CommitLogSubject,
  options: { readonly from?: number; readonly partition?: number; readonly maxBytes?: number } = {}
) {
  const records: Array<LogRecord> = []
  let offset = options.from ?? 0
  while (true) {
    const page = yield* read(subject, offset, options)
    records.push(...page.records)
    if (page.nextOffset >= page.stableEnd) return records
    if (page.nextOffset <= offset)
      yield* expectEqual("the next offset of a page before the end", page.nextOffset, offset + 1)
    offset = page.nextOffset
  }
})

const ascending = (offsets: ReadonlyArray<number>): boolean =>
  offsets.every((offset, index) => index === 0 || offset > offsets[index - 1]!)

/**
 * The claims that every `CommitLog` keeps.
 *
 * **Details**
 *
 * `make` gives each case a subject of its own; the log may be shared between cases, the topic may not.
 */
export const commitLogContract = <E>(make: Effect.Effect<CommitLogSubject, E, Scope>): ReadonlyArray<ContractCase> => {
  const claim = (
    name: string,
    check: (subject: CommitLogSubject) => Effect.Effect<void, unknown, Scope>
  ): ContractCase => ({ name, run: Effect.flatMap(make, check) })

  return [
    claim(
      "records of a partition are read in the order of their appends, at the offsets that the appends answered",
      Effect.fnUntraced(function* (subject) {
        const appended = yield* appendAll(
          subject,
          range(50).map((index) => numbered(index))
        )
        const offsets = appended.map((record) => record.offset)
        yield* expectEqual("the offsets are ascending", ascending(offsets), true)
        yield* expectEqual("the records read", yield* readAll(subject), appended)
      })
    ),
    claim(
      "keys and values come back as they were written",
      Effect.fnUntraced(function* (subject) {
        const empty = new Uint8Array(0)
        const plain = { timestamp: firstTimestamp, key: filled(3, 1), value: filled(3, 9), headers: [] }
        const appended = yield* appendAll(subject, [
          plain,
          { ...plain, key: null },
          { ...plain, key: empty },
          { ...plain, value: null },
          { ...plain, value: empty },
          { ...plain, key: null, value: null },
          { ...plain, value: filled(70_000, 3) }
        ])
        yield* expectEqual("the records read", yield* readAll(subject), appended)
      })
    ),
    claim(
      "headers come back as they were written, also several of one name",
      Effect.fnUntraced(function* (subject) {
        const twice = [3, 1, 2, 1].map((seed) => ({ name: "twice", value: filled(1, seed) }))
        const others = [
          { name: "empty", value: new Uint8Array(0) },
          { name: "", value: filled(300, 0) },
          { name: "häder-✓-😀", value: filled(256, 0) }
        ]
        const headers = [[], twice, others, [...others, ...twice]]
        const appended = yield* appendAll(
          subject,
          headers.map((each) => ({ ...numbered(1), headers: each }))
        )
        yield* expectEqual("the records read", yield* readAll(subject), appended)
      })
    ),
    claim(
      "headers of one name keep their places between those of other names",
      Effect.fnUntraced(function* (subject) {
        const headers = ["a", "b", "a", "c", "b", "a"].map((name, index) => ({ name, value: filled(1, index) }))
        const appended = yield* appendAll(subject, [{ ...numbered(1), headers }])
        yield* expectEqual("the records read", yield* readAll(subject), appended)
      })
    ),
    claim(
      "a header without a value comes back without one",
      Effect.fnUntraced(function* (subject) {
        const headers = [
          { name: "none", value: null },
          { name: "some", value: filled(2, 2) }
        ]
        const appended = yield* appendAll(subject, [{ ...numbered(1), headers }])
        yield* expectEqual("the records read", yield* readAll(subject), appended)
      })
    ),
    claim(
      "timestamps come back as they were written, also when they do not ascend",
      Effect.fnUntraced(function* (subject) {
        const times = [0, 5, -3, 1000, 999, 86_400_000].map((delta) => firstTimestamp + delta)
        yield* appendAll(
          subject,
          times.map((timestamp) => ({ ...numbered(1), timestamp }))
        )
        const records = yield* readAll(subject)
        yield* expectEqual(
          "the timestamps",
          records.map((record) => record.timestamp),
          times
        )
      })
    ),
    claim(
      "partitions do not mix",
      Effect.fnUntraced(function* (subject) {
        const first = yield* appendAll(subject, [numbered(1), numbered(2)], 0)
        const last = yield* appendAll(subject, [numbered(3), numbered(4), numbered(5)], subject.partitions - 1)
        yield* expectEqual("partition 0", yield* readAll(subject), first)
        yield* expectEqual("the last partition", yield* readAll(subject, { partition: subject.partitions - 1 }), last)
      })
    ),
    claim(
      "a read begins at the asked offset, wherever it lies",
      Effect.fnUntraced(function* (subject) {
        const appended = yield* appendAll(
          subject,
          range(10).map((index) => numbered(index))
        )
        for (const [index, record] of appended.entries()) {
          const records = yield* readAll(subject, { from: record.offset })
          yield* expectEqual(`the records from offset ${record.offset}`, records, appended.slice(index))
        }
      })
    ),
    claim(
      "a page tells the log's start and its stable end",
      Effect.fnUntraced(function* (subject) {
        const empty = yield* read(subject, 0)
        yield* expectEqual("the empty page", empty, { records: [], nextOffset: 0, logStart: 0, stableEnd: 0 })
        const appended = yield* appendAll(
          subject,
          range(3).map((index) => numbered(index))
        )
        const page = yield* read(subject, appended[0]!.offset)
        yield* expectEqual("the log's start", page.logStart, 0)
        yield* expectEqual("the stable end lies after the last record", page.stableEnd > appended[2]!.offset, true)
      })
    ),
    claim(
      "a read at the end that may not wait answers an empty page",
      Effect.fnUntraced(function* (subject) {
        yield* appendAll(subject, [numbered(1), numbered(2)])
        const { stableEnd } = yield* read(subject, 0)
        const page = yield* read(subject, stableEnd)
        yield* expectEqual("the page", page, { records: [], nextOffset: stableEnd, logStart: 0, stableEnd })
      })
    ),
    claim(
      "a read at the end waits for the next record, and is woken by its append",
      Effect.fnUntraced(function* (subject) {
        yield* appendAll(subject, [numbered(1)])
        const { stableEnd } = yield* read(subject, 0)
        const waiting = yield* Effect.forkScoped(
          Effect.timeoutOption(read(subject, stableEnd, { maxWaitMs: 25_000 }), 15_000),
          { startImmediately: true }
        )
        yield* underWay
        const appended = yield* appendAll(subject, [numbered(2)])
        const page = yield* Fiber.join(waiting)
        const records = page._tag === "Some" ? page.value.records : "no answer within 15 s"
        yield* expectEqual("the records read", records, appended)
      })
    ),
    claim(
      "a read at the end waits no longer than it was allowed to",
      Effect.fnUntraced(function* (subject) {
        yield* appendAll(subject, [numbered(1)])
        const { stableEnd } = yield* read(subject, 0)
        const page = yield* read(subject, stableEnd, { maxWaitMs: 100 })
        yield* expectEqual("the page", page, { records: [], nextOffset: stableEnd, logStart: 0, stableEnd })
      })
    ),
    claim(
      "a read that waits can be interrupted, and the partition stays usable",
      Effect.fnUntraced(function* (subject) {
        const waiting = yield* Effect.forkScoped(read(subject, 0, { maxWaitMs: 25_000 }), { startImmediately: true })
        yield* underWay
        const interrupted = yield* Effect.timeoutOption(Fiber.interrupt(waiting), 15_000)
        yield* expectEqual("the interruption ends", interrupted._tag, "Some")
        const appended = yield* appendAll(subject, [numbered(1)])
        yield* expectEqual("the records read", yield* readAll(subject), appended)
      })
    ),
    claim(
      "a read beyond the end fails with OffsetOutOfRange",
      Effect.fnUntraced(function* (subject) {
        yield* appendAll(subject, [numbered(1)])
        const { stableEnd } = yield* read(subject, 0)
        yield* expectFailure("one beyond the end", "OffsetOutOfRange", read(subject, stableEnd + 1))
        yield* expectFailure("far beyond the end", "OffsetOutOfRange", read(subject, 2 ** 52, { maxWaitMs: 100 }))
      })
    ),
    claim(
      "a topic that does not exist fails with UnknownTopic",
      Effect.fnUntraced(function* (subject) {
        const missing = { ...subject, topic: subject.missingTopic }
        yield* expectFailure("append", "UnknownTopic", append(missing, 0, numbered(1)))
        yield* expectFailure("read", "UnknownTopic", read(missing, 0))
        yield* expectFailure("partitions", "UnknownTopic", subject.log.partitions(subject.missingTopic))
      })
    ),
    claim(
      "a partition that does not exist fails with UnknownTopic",
      Effect.fnUntraced(function* (subject) {
        const partition = subject.partitions
        yield* expectFailure("append", "UnknownTopic", append(subject, partition, numbered(1)))
        yield* expectFailure("read", "UnknownTopic", read(subject, 0, { partition }))
      })
    ),
    claim(
      "pages of any size give every record once",
      Effect.fnUntraced(function* (subject) {
        const appended = yield* appendAll(
          subject,
          range(30).map((index) => numbered(index, (index * 37) % 400))
        )
        for (const maxBytes of [1, 100, 350, 1000, plenty]) {
          yield* expectEqual(
            `the records read with maxBytes ${maxBytes}`,
            yield* readAll(subject, { maxBytes }),
            appended
          )
        }
      })
    ),
    claim(
      "a record larger than the page is answered whole",
      Effect.fnUntraced(function* (subject) {
        const appended = yield* appendAll(subject, [numbered(1, 50_000), numbered(2, 10), numbered(3, 50_000)])
        yield* expectEqual("the records read", yield* readAll(subject, { maxBytes: 1000 }), appended)
      })
    ),
    claim(
      "a record that is too large is refused, and nothing is written",
      Effect.fnUntraced(function* (subject) {
        yield* expectFailure("append", "TooLarge", append(subject, 0, numbered(1, subject.tooLarge)))
        const appended = yield* appendAll(subject, [numbered(2)])
        yield* expectEqual("the records read", yield* readAll(subject), appended)
      })
    ),
    claim(
      "concurrent appends are all in the log, each once and at its own offset",
      Effect.fnUntraced(function* (subject) {
        const appended = yield* Effect.forEach(
          range(60).map((index) => numbered(index)),
          (record) => Effect.map(append(subject, 0, record), (offset) => ({ offset, ...record })),
          { concurrency: "unbounded" }
        )
        const sorted = [...appended].sort((a, b) => a.offset - b.offset)
        yield* expectEqual("the offsets are distinct", ascending(sorted.map((record) => record.offset)), true)
        yield* expectEqual("the records read", yield* readAll(subject), sorted)
      })
    ),
    claim(
      "appends that are started one after the other are in the log in that order",
      Effect.fnUntraced(function* (subject) {
        const fibers = yield* Effect.forEach(range(40), (index) =>
          Effect.forkScoped(append(subject, 0, numbered(index)), { startImmediately: true })
        )
        const offsets = yield* Effect.forEach(fibers, (fiber) => Fiber.join(fiber))
        yield* expectEqual("the offsets are ascending", ascending(offsets), true)
      })
    ),
    claim(
      "the bytes of a record are the writer's again once the append has ended",
      Effect.fnUntraced(function* (subject) {
        const record = numbered(1)
        const value = filled(16, 5)
        const key = filled(4, 6)
        const headerValue = filled(2, 7)
        const offset = yield* append(subject, 0, {
          ...record,
          key,
          value,
          headers: [{ name: "h", value: headerValue }]
        })
        key.fill(0)
        value.fill(0)
        headerValue.fill(0)
        const expected = { ...record, offset, key: filled(4, 6), value: filled(16, 5) }
        yield* expectEqual("the record read", yield* readAll(subject), [
          { ...expected, headers: [{ name: "h", value: filled(2, 7) }] }
        ])
      })
    ),
    claim(
      "topics and their numbers of partitions are known",
      Effect.fnUntraced(function* (subject) {
        yield* expectEqual("the number of partitions", yield* subject.log.partitions(subject.topic), subject.partitions)
        const topics = yield* subject.log.topics
        yield* expectEqual("the topic is listed", topics.includes(subject.topic), true)
        yield* expectEqual("the missing topic is listed", topics.includes(subject.missingTopic), false)
      })
    )
  ]
}
