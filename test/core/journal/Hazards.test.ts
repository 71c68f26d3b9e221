import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { decodeUtf8, encodeUtf8 } from "../../../core/bytes/index.ts"
import { decodeAction, decodeEvents, encodeEvents } from "../../../core/journal/index.ts"
import { foreignRecord, recordOf } from "../../../core/scenarios/journal/JournalModel.ts"
import { HazardStory, realParts } from "./HazardStory.ts"
import type { Parts, Reader } from "./HazardStory.ts"
import {
  endsAtGap,
  forgetsPurge,
  ignoresEarlyDelete,
  inSegments,
  lastByOrder,
  lowersDelete,
  storesLastByOrder,
  trustsRows,
  unclamped,
  waitsForOwnRecord
} from "./NaiveForms.ts"
import { numbers } from "./JournalWorld.ts"

type Check = (parts: Parts, reader: Reader) => void

const readers: ReadonlyArray<Reader> = ["scan", "cache"]
const readerNames: Readonly<Record<Reader, string>> = {
  scan: "by a reader of the log",
  cache: "by a reader that asks a cache"
}

/** Holds the real journal to a check, and shows that the check can fail: on a form of it without the remedy. */
const hazard = (
  number: string,
  title: string,
  check: Check,
  naive: () => Parts,
  real: Parts = realParts,
  failsWith = "to deeply equal"
): void => {
  describe(`hazard ${number}`, () => {
    for (const reader of readers) {
      it(`${number}. ${title}, ${readerNames[reader]}`, () => {
        check(real, reader)
      })

      it(`${number}. the check fails without the remedy, ${readerNames[reader]}`, () => {
        expect(() => check(naive(), reader)).toThrow(failsWith)
      })
    }
  })
}

hazard(
  "H1",
  "after a purge and an append that are not replicated, the events of before are gone and the new ones are there",
  (parts, reader) => {
    for (const replicated of [0, 1, 2, 3, 4]) {
      const story = new HazardStory(parts).write("a1-3").write("a4-5").write("purge a1-2").replicate(replicated)
      expect(story.read(reader)).toEqual({ events: ["1@3", "2@3"], state: { seqNr: 2, deleteTo: 0 } })
    }
  },
  () => forgetsPurge
)

hazard(
  "H2",
  "a record of which the store has a part is read whole",
  (parts, reader) => {
    for (const replicated of [0, 1]) {
      let writes = 0
      for (let killed = true; killed; writes++) {
        const story = new HazardStory(parts).write("a1 a2-4").replicate(replicated)
        killed = story.replicateAndDie(writes)
        expect(story.read(reader).events, `after ${writes} writes`).toEqual(["1@0", "2@1", "3@1", "4@1"])
      }
      expect(writes).toBeGreaterThan(5)
    }
  },
  () => trustsRows
)

hazard(
  "H3",
  "events behind gaps in the numbers are read, wherever the gaps begin and end",
  (parts, reader) => {
    for (const first of [1, 2, 3, 4]) {
      for (const next of numbers(first + 1, 12)) {
        const story = new HazardStory(parts).write(`a${first} a${next}-${next + 1} a20 a30`).replicate(3)
        expect(story.read(reader).events).toEqual([`${first}@0`, `${next}@1`, `${next + 1}@1`, "20@2", "30@3"])
      }
    }
  },
  () => endsAtGap
)

hazard(
  "H4",
  "a read ends where its mark should be, although the log has lost it and no record of the journal follows",
  (parts, reader) => {
    for (const replicated of [0, 1, 2]) {
      const story = new HazardStory(parts).write("a1 a2").replicate(replicated)
      const lost = () => {
        const offset = story.log.append(foreignRecord)
        story.writeRecord(foreignRecord).writeRecord(recordOf("order-2", { _tag: "Purge" }, "other"))
        return offset
      }
      expect(story.read(reader, lost).events).toEqual(["1@0", "2@1"])
    }
  },
  () => waitsForOwnRecord,
  realParts,
  "came to a halt"
)

describe("hazard H4, at the end of the log", () => {
  for (const reader of readers) {
    it(`H4. a read of a log that ends before its mark fails in time, ${readerNames[reader]}`, () => {
      const check = (parts: Parts) => {
        const story = new HazardStory(parts).write("a1 a2")
        expect(() => story.read(reader, () => story.log.end + 5)).toThrow("The log does not show its records")
      }
      check(realParts)
      expect(() => check(waitsForOwnRecord)).toThrow("came to a halt")
    })
  }
})

hazard(
  "H6",
  "a delete beyond the last event leaves what is appended after it, in one page of the log or over several",
  (parts, reader) => {
    for (const recordsPerPage of [1, 2, 3, 4]) {
      for (const replicated of [0, 1, 2, 3]) {
        const story = new HazardStory(parts, recordsPerPage).write("a1-3 d10 a4").replicate(replicated)
        expect(story.read(reader)).toEqual({ events: ["4@2"], state: { seqNr: 4, deleteTo: 3 } })
      }
    }
  },
  () => unclamped
)

const lateAppend: Check = (parts, reader) => {
  for (const replicated of [0, 1, 2]) {
    const story = new HazardStory(parts).write("a1-5 a2-3").replicate(replicated)
    const events = ["1@0", "2@0", "3@0", "4@0", "5@0"]
    expect(story.read(reader)).toEqual({ events, state: { seqNr: 5, deleteTo: 0 } })
  }
}

hazard("H7", "a late append of lower numbers does not take the last number back", lateAppend, () => lastByOrder)

hazard("H7", "nor does it in the store", lateAppend, storesLastByOrder)

hazard(
  "H8",
  "a lower delete does not take an earlier one back",
  (parts, reader) => {
    const story = new HazardStory(parts).write("a1-7 d4").replicate()
    expect(story.deleteTo).toEqual(4)
    expect(story.write("d2").state(reader)).toEqual({ seqNr: 7, deleteTo: 4 })
    expect(story.read(reader).events).toEqual(["5@0", "6@0", "7@0"])
    expect(story.replicate().deleteTo).toEqual(4)
    expect(story.read(reader).state).toEqual({ seqNr: 7, deleteTo: 4 })
  },
  lowersDelete
)

hazard(
  "H15",
  "a lower delete hides no event of a store in segments, nor one that is appended later",
  (parts, reader) => {
    const story = new HazardStory(parts).write("a1-7").replicate().write("d4").replicate().write("d2").replicate()
    expect(story.read(reader).events).toEqual(["5@0", "6@0", "7@0"])
    expect(
      story
        .write("a8")
        .replicate()
        .read(reader)
        .events.map((event) => event.split("@")[0])
    ).toEqual(["5", "6", "7", "8"])
  },
  () => inSegments(lowersDelete()),
  inSegments(realParts)
)

hazard(
  "H16",
  "a delete before any append is told alike before its replication and after",
  (parts, reader) => {
    for (const replicated of [0, 1, 2, 3]) {
      const story = new HazardStory(parts).write("d4 a2-3 a5").replicate(replicated)
      expect(story.read(reader)).toEqual({ events: ["5@2"], state: { seqNr: 5, deleteTo: 4 } })
    }
  },
  () => ignoresEarlyDelete
)

describe("hazard H14", () => {
  /** The two numbers of a record's header, and the text of its payload, as a reader takes them; nothing: refused. */
  interface Codec {
    readonly range: (header: string) => readonly [number, number] | undefined
    readonly payload: (text: string) => string
  }

  const ours: Codec = {
    range: (header) => {
      const headers = [{ name: "journal.action", value: encodeUtf8(header) }]
      const record = { offset: 0, timestamp: 0, key: encodeUtf8("a"), value: encodeUtf8("{}"), headers }
      const action = Result.getOrUndefined(decodeAction(record))
      return action?._tag === "Append" ? [action.range.from, action.range.to] : undefined
    },
    payload: (text) => {
      const events = {
        events: [{ seqNr: 1, tags: [], payload: { _tag: "Json", text } }],
        metadata: { expireAfter: undefined, data: undefined }
      } as const
      const { payloadType, value } = Result.getOrThrow(encodeEvents(events))
      const [event] = Result.getOrThrow(decodeEvents(payloadType, value)).events
      return event.payload?._tag === "Json" ? event.payload.text : ""
    }
  }
  const naive: Codec = {
    range: (header) => {
      const { from, to } = (JSON.parse(header) as { append: { range: { from: number; to: number } } }).append.range
      return [from, to]
    },
    payload: (text) => JSON.stringify(JSON.parse(text))
  }

  const checkRange = ({ range }: Codec) => {
    for (const to of [2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n]) {
      const read = range(`{"append":{"range":{"from":1,"to":${to}},"payloadType":"json"}}`)
      expect(read === undefined ? undefined : BigInt(read[1])).toEqual(to < 2n ** 53n ? to : undefined)
    }
  }
  const checkPayload = ({ payload }: Codec) => {
    for (const text of [`{"n":9007199254740993}`, `{"n":1.10}`, `[1e400]`]) expect(payload(text)).toBe(text)
  }

  it("H14. a sequence number that JavaScript cannot tell exactly is refused, and never rounded", () => {
    checkRange(ours)
    expect(() => checkRange(naive)).toThrow("to deeply equal")
  })

  it("H14. numbers in a payload are what they were", () => {
    checkPayload(ours)
    expect(() => checkPayload(naive)).toThrow("to be")
  })

  for (const reader of readers) {
    it(`H14. a record with such a number fails the read and is named, ${readerNames[reader]}`, () => {
      const record = recordOf("order-1", { _tag: "Append", seqNrs: [2] }, "big")
      const [header] = record.headers
      const text = decodeUtf8(header?.value ?? new Uint8Array()).replace(`"to":2`, `"to":9007199254740993`)
      const story = new HazardStory(realParts).write("a1")
      story.writeRecord({ ...record, headers: [{ name: "journal.action", value: encodeUtf8(text) }] })
      expect(() => story.read(reader)).toThrow(/append\.range\.to .* at offset 1:.*9007199254740993/)
    })
  }
})
