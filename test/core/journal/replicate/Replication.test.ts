import { describe, expect, it } from "vitest"
import { JournalError, Replication } from "../../../../core/journal/index.ts"
import type { WriteStep } from "../../../../core/ports/index.ts"
import { ModelLog, topic } from "../../../../core/scenarios/journal/JournalModel.ts"

const { replication, start } = Replication

const showStep = (step: WriteStep): string => {
  if (step._tag === "PutPointer") return `pointer ${step.previous ?? "none"} to ${step.offset}`
  return `${step._tag} ${step.key.id}`
}

const show = (output: Replication.ReplicationOutput): string => {
  if (output._tag === "Replicated") return `Replicated to ${output.nextOffset}`
  if (output._tag === "Stalled") return `Stalled until ${output.retryAt}: ${output.error.reason}`
  if (output._tag !== "Request") return output._tag
  const { request } = output
  switch (request._tag) {
    case "ReadHeads":
      return `ReadHeads ${request.ids.join(", ")}`
    case "ReadLog":
    case "Look":
      return `${request._tag} ${request.offset}`
    case "Write":
      return `Write ${request.line}: ${request.steps.map(showStep).join(", ")}`
    case "ReadPointer":
    case "ConfirmPointer":
      return request._tag
  }
}

/** What a log shows that has nothing. */
const nothing: Replication.ReplicationAnswer = {
  _tag: "LogRead",
  page: { records: [], nextOffset: 0, logStart: 0, stableEnd: 0 }
}

const down = new JournalError({ reason: "Unavailable", topic, message: "The store is down." })

const replicator = (config: Partial<Replication.ReplicationConfig> = {}) => {
  let state = start({
    topic,
    partition: 0,
    atomic: true,
    journalsAtOnce: 1,
    heads: 10,
    backoffMs: 10,
    maxBackoffMs: 40,
    fenceMs: 1000,
    lookBack: 64,
    ...config
  })
  let pending: ReadonlyArray<Replication.ReplicationRequest> = []
  const feed = (...inputs: ReadonlyArray<Replication.ReplicationInput>): ReadonlyArray<string> =>
    inputs.flatMap((input) => {
      const [next, outputs] = replication.step(state, input)
      state = next
      pending = [...pending, ...outputs.flatMap((output) => (output._tag === "Request" ? [output.request] : []))]
      return outputs.map(show)
    })
  const answer = (given: Replication.ReplicationAnswer, epoch = state.epoch) =>
    feed({ _tag: "Answered", epoch, answer: given })
  return {
    feed,
    answer,
    /** Looks at a log that shows nothing which could be compared with the store, and answers with what comes after that. */
    looked: () => {
      let outputs = answer(nothing)
      while (outputs[0]?.startsWith("Look ") === true) outputs = answer(nothing)
      return outputs
    },
    fail: (error = down) => {
      const request = pending.findLast(({ _tag }) => _tag !== "ReadLog" && _tag !== "Look")
      if (request === undefined || request._tag === "ReadLog" || request._tag === "Look")
        throw new Error("No request to the store is under way.")
      return feed({ _tag: "Answered", epoch: state.epoch, answer: { _tag: "StoreFailed", error, request } })
    },
    failWrite: (line: number) => {
      const request: Replication.StoreRequest = { _tag: "Write", line, steps: [], until: undefined }
      return feed({ _tag: "Answered", epoch: state.epoch, answer: { _tag: "StoreFailed", error: down, request } })
    },
    wakeAt: () => replication.wakeAt(state)
  }
}

const begin: Replication.ReplicationInput = { _tag: "Begin" }
const stop: Replication.ReplicationInput = { _tag: "Stop" }
const tick = (now: number): Replication.ReplicationInput => ({ _tag: "Tick", now })
const pointer = (offset?: number): Replication.ReplicationAnswer => ({ _tag: "PointerRead", offset })
const noHeads = (...ids: ReadonlyArray<string>): Replication.ReplicationAnswer => ({
  _tag: "HeadsRead",
  ids,
  heads: new Map()
})
const written = (line: number): Replication.ReplicationAnswer => ({ _tag: "Written", line })

const logOf = (...ids: ReadonlyArray<string>) => {
  const log = new ModelLog()
  for (const [at, id] of ids.entries()) log.append(id, { _tag: "Append", seqNrs: [at + 1] }, 0)
  return log
}
const page = (log: ModelLog, from = 0, records = 100): Replication.ReplicationAnswer => {
  const read = log.read(from, records)
  if (read === undefined) throw new Error("The log begins later.")
  return { _tag: "LogRead", page: read }
}

/** A replicator that has just been given the log's first page. */
const loading = (log: ModelLog, config: Partial<Replication.ReplicationConfig> = {}, records = 100) => {
  const one = replicator(config)
  one.feed(tick(100), begin)
  expect(one.answer(pointer())).toEqual(["ReadLog 0"])
  return { ...one, outputs: one.answer(page(log, 0, records)) }
}

describe("the replication of a partition", () => {
  it("begins after the store's pointer", () => {
    const one = replicator()
    expect(one.feed(begin)).toEqual(["ReadPointer"])
    expect(one.answer(pointer(41))).toEqual(["Look 0"])
    expect(one.looked()).toEqual(["ReadLog 42"])
  })

  it("reads the heads of a page's journals together, a thousand at a time", () => {
    expect(loading(logOf("a", "b", "a")).outputs).toEqual(["ReadHeads a, b"])
    const ids = Array.from({ length: 2500 }, (_, at) => `j${at}`)
    const one = loading(logOf(...ids), {}, 2500)
    expect(one.outputs.map((output) => output.split(", ").length)).toEqual([1000, 1000, 500])
    for (const from of [1000, 0]) expect(one.answer(noHeads(...ids.slice(from, from + 1000)))).toEqual([])
    expect(one.answer(noHeads(...ids.slice(2000))).length).toBe(2)
  })

  it("reads the next page and its heads while a batch is written, and writes it behind that", () => {
    const log = logOf("a", "b")
    const one = loading(log)
    expect(one.answer(noHeads("a", "b"))).toEqual([
      "Write 0: PutEvents a, PutHead a, PutEvents b, PutHead b, pointer none to 1",
      "ReadLog 2"
    ])
    log.append("b", { _tag: "Append", seqNrs: [3] }, 0)
    log.append("c", { _tag: "Append", seqNrs: [1] }, 0)
    expect(one.answer(page(log, 2))).toEqual(["ReadHeads c"])
    expect(one.answer(noHeads("c"))).toEqual([])
    expect(one.answer(written(0))).toEqual([
      "Replicated to 2",
      "Write 0: PutEvents b, PutHead b, PutEvents c, PutHead c, pointer 1 to 3",
      "ReadLog 4"
    ])
  })

  it("waits for the next page's heads where the batch before is written earlier", () => {
    const log = logOf("a")
    const one = loading(log)
    one.answer(noHeads("a"))
    log.append("b", { _tag: "Append", seqNrs: [1] }, 0)
    expect(one.answer(page(log, 1))).toEqual(["ReadHeads b"])
    expect(one.answer(written(0))).toEqual(["Replicated to 1"])
    expect(one.answer(noHeads("b"))).toEqual(["Write 0: PutEvents b, PutHead b, pointer 0 to 1", "ReadLog 2"])
  })

  it("drops what it has read ahead where another replicator has moved the pointer", () => {
    const log = logOf("a")
    const one = loading(log)
    one.answer(noHeads("a"))
    log.append("b", { _tag: "Append", seqNrs: [1] }, 0)
    one.answer(page(log, 1))
    expect(one.answer({ _tag: "Fenced" })).toEqual(["ReadPointer"])
    expect(one.answer(pointer(0))).toEqual(["Look 0"])
    expect(one.looked()).toEqual(["ReadLog 1"])
    expect(one.answer(page(log, 1))).toEqual(["ReadHeads b"])
  })

  it("gives an atomic store one transaction with the pointer in it", () => {
    const one = loading(logOf("a", "b"))
    expect(one.answer(noHeads("a", "b"))).toEqual([
      "Write 0: PutEvents a, PutHead a, PutEvents b, PutHead b, pointer none to 1",
      "ReadLog 2"
    ])
    expect(one.answer(written(0))).toEqual(["Replicated to 2"])
  })

  it("gives another store one step at a time, the journals beside one another and the pointer last", () => {
    const one = loading(logOf("a", "b"), { atomic: false })
    expect(one.answer(noHeads("a", "b"))).toEqual(["Write 0: PutEvents a", "Write 1: PutEvents b", "ReadLog 2"])
    expect(one.answer(written(1))).toEqual(["Write 1: PutHead b"])
    expect(one.answer(written(1))).toEqual([])
    expect(one.answer(written(0))).toEqual(["Write 0: PutHead a"])
    expect(one.answer(written(0))).toEqual(["Write -1: pointer none to 1"])
    expect(one.answer(written(-1))).toEqual(["Replicated to 2"])
  })

  it("writes so many journals together, of each one step at a time", () => {
    const one = loading(logOf("a", "b", "c"), { atomic: false, journalsAtOnce: 2 })
    expect(one.answer(noHeads("a", "b", "c"))).toEqual([
      "Write 0: PutEvents a, PutEvents b",
      "Write 1: PutEvents c",
      "ReadLog 3"
    ])
    expect(one.answer(written(0))).toEqual(["Write 0: PutHead a, PutHead b"])
    expect(one.answer(written(0))).toEqual([])
    expect(one.answer(written(1))).toEqual(["Write 1: PutHead c"])
    expect(one.answer(written(1))).toEqual(["Write -1: pointer none to 2"])
  })

  it("does a failed write of several journals again for each by itself", () => {
    const one = loading(logOf("a", "b", "c"), { atomic: false, journalsAtOnce: 2 })
    one.answer(noHeads("a", "b", "c"))
    expect(one.failWrite(0)).toEqual(["Stalled until 110: Unavailable"])
    expect(one.feed(tick(110))).toEqual(["Write 2: PutEvents a", "Write 3: PutEvents b"])
    expect(one.failWrite(2)).toEqual(["Stalled until 130: Unavailable"])
    expect(one.answer(written(3))).toEqual(["Write 3: PutHead b"])
    expect(one.feed(tick(130))).toEqual(["Write 2: PutEvents a"])
  })

  it("keeps heads in memory between batches, and no more of them than it may", () => {
    const log = logOf("a", "b")
    for (const [heads, expected] of [
      [2, ["Write 0: PutEvents a, PutHead a, pointer 1 to 2"]],
      [1, ["ReadHeads a"]]
    ] as const) {
      const one = loading(log, { heads })
      one.answer(noHeads("a", "b"))
      one.answer(written(0))
      const more = logOf("x", "x", "a")
      expect(one.answer(page(more, 2)).filter((output) => !output.startsWith("ReadLog"))).toEqual(expected)
    }
  })

  it("ends a batch before a purge of a journal that has actions in it, and goes on with the rest", () => {
    const log = logOf("a")
    log.append("b", { _tag: "Purge" }, 0)
    log.append("a", { _tag: "Purge" }, 0)
    log.append("b", { _tag: "Append", seqNrs: [1] }, 0)
    const one = loading(log)
    expect(one.answer(noHeads("a", "b"))).toEqual(["Write 0: PutEvents a, PutHead a, RemoveHead b, pointer none to 1"])
    expect(one.answer(written(0))).toEqual([
      "Replicated to 2",
      "Write 0: PutHead a, RemoveEvents a, RemoveHead a, PutEvents b, PutHead b, pointer 1 to 3",
      "ReadLog 4"
    ])
  })

  it("does a failed request again after a back-off that doubles up to its bound", () => {
    const one = loading(logOf("a"))
    expect(one.answer(noHeads("a"))).toEqual(["Write 0: PutEvents a, PutHead a, pointer none to 0", "ReadLog 1"])
    for (const [now, wait] of [
      [100, 10],
      [110, 20],
      [130, 40],
      [170, 40]
    ] as const) {
      expect(one.failWrite(0)).toEqual([`Stalled until ${now + wait}: Unavailable`])
      expect(one.wakeAt()).toBe(now + wait)
      expect(one.feed(tick(now + wait))).toEqual(["Write 0: PutEvents a, PutHead a, pointer none to 0"])
    }
    expect(one.answer(written(0))).toEqual(["Replicated to 1"])
  })

  it("begins again from the store's pointer when another replicator has moved it, and passes late answers over", () => {
    const one = loading(logOf("a"))
    one.answer(noHeads("a"))
    expect(one.answer({ _tag: "Fenced" }, 1)).toEqual(["ReadPointer"])
    expect(one.answer(written(0), 1)).toEqual([])
    expect(one.answer(page(logOf("a")), 1)).toEqual([])
    expect(one.answer(pointer(5))).toEqual(["Look 0"])
    expect(one.looked()).toEqual(["ReadLog 6"])
  })

  it("stops at once where nothing is being written, and otherwise after the batch in hand", () => {
    const idle = loading(logOf("a"))
    expect(idle.feed(stop)).toEqual(["Stopped"])
    const busy = loading(logOf("a"))
    busy.answer(noHeads("a"))
    expect(busy.feed(stop)).toEqual([])
    expect(busy.answer(written(0))).toEqual(["Replicated to 1", "Stopped"])
    expect(busy.feed(tick(200), begin)).toEqual([])
  })

  it("stops without waiting for a store that is down", () => {
    const one = loading(logOf("a"))
    one.answer(noHeads("a"))
    one.failWrite(0)
    expect(one.feed(stop)).toEqual(["Stopped"])
  })

  it("stops after the batch in hand where the heads of the next one cannot be read", () => {
    for (const isBefore of [true, false]) {
      const log = logOf("a")
      const one = loading(log)
      one.answer(noHeads("a"))
      log.append("b", { _tag: "Append", seqNrs: [1] }, 0)
      one.answer(page(log, 1))
      if (isBefore) expect(one.fail()).toEqual(["Stalled until 110: Unavailable"])
      expect(one.feed(stop)).toEqual([])
      if (!isBefore) expect(one.fail()).toEqual([])
      expect(one.feed(tick(110))).toEqual([])
      expect(one.answer(written(0))).toEqual(["Replicated to 1", "Stopped"])
    }
  })

  it("stalls where the log has lost records behind the pointer, and never passes over them", () => {
    const one = replicator()
    const lost = new JournalError({ reason: "Lost", topic, message: "The records are gone." })
    const trimmed: Replication.ReplicationAnswer = {
      _tag: "LogFailed",
      failure: { _tag: "Trimmed", error: lost, logStart: 9 }
    }
    one.feed(tick(100), begin)
    expect(one.answer(pointer(4))).toEqual(["Look 0"])
    expect(one.answer(trimmed)).toEqual(["ReadLog 5"])
    expect(one.answer(trimmed)).toEqual(["Stalled until 110: Lost"])
    expect(one.feed(tick(110))).toEqual(["ReadPointer"])
    expect(one.answer(pointer(8))).toEqual(["Look 0"])
    expect(one.answer(trimmed)).toEqual(["ReadLog 9"])
  })

  describe("to a store that is not atomic looks at the pointer", () => {
    const confirmed = (offset?: number): Replication.ReplicationAnswer => ({ _tag: "PointerConfirmed", offset })

    /** One that has read the head of its journals when its last look at the pointer is too old. */
    const late = (ids: ReadonlyArray<string> = ["a"]) => {
      const one = loading(logOf(...ids), { atomic: false })
      one.feed(tick(1101))
      return { ...one, outputs: one.answer(noHeads(...ids)) }
    }

    it("before it writes, where that was longer ago than it may, and goes on where it is unmoved", () => {
      const one = late(["a", "b"])
      expect(one.outputs).toEqual(["ConfirmPointer", "ReadLog 2"])
      expect(one.answer(confirmed())).toEqual(["Write 0: PutEvents a", "Write 1: PutEvents b"])
      expect(one.answer(written(0))).toEqual(["Write 0: PutHead a"])
    })

    it("and begins again where another replicator has moved it", () => {
      const one = late()
      expect(one.answer(confirmed(0))).toEqual(["ReadPointer"])
      expect(one.answer(pointer(0))).toEqual(["Look 0"])
      expect(one.looked()).toEqual(["ReadLog 1"])
    })

    it("between two steps too, once for all the journals that wait", () => {
      const one = loading(logOf("a", "b"), { atomic: false })
      one.answer(noHeads("a", "b"))
      one.feed(tick(1101))
      expect(one.answer(written(1))).toEqual(["ConfirmPointer"])
      expect(one.answer(written(0))).toEqual([])
      expect(one.answer(confirmed())).toEqual(["Write 1: PutHead b", "Write 0: PutHead a"])
    })

    it("for a write that was asked for in time and not begun", () => {
      const one = loading(logOf("a"), { atomic: false })
      one.answer(noHeads("a"))
      one.feed(tick(1101))
      expect(one.answer({ _tag: "TooLate", line: 0 })).toEqual(["ConfirmPointer"])
      expect(one.answer(confirmed())).toEqual(["Write 0: PutEvents a"])
    })

    it("before it does a write again that has failed", () => {
      const one = loading(logOf("a"), { atomic: false })
      one.answer(noHeads("a"))
      expect(one.failWrite(0)).toEqual(["Stalled until 110: Unavailable"])
      expect(one.feed(tick(1101))).toEqual(["ConfirmPointer"])
      expect(one.fail()).toEqual(["Stalled until 1121: Unavailable"])
      expect(one.feed(tick(1121))).toEqual(["ConfirmPointer"])
      expect(one.answer(confirmed())).toEqual(["Write 0: PutEvents a"])
    })

    it("not where its own move of the pointer is as young, counted from when it was asked for", () => {
      for (const [moved, next, expected] of [
        [1101, 2101, ["Write 0: PutEvents a"]],
        [1101, 2102, ["ConfirmPointer"]]
      ] as const) {
        const one = late()
        one.answer(confirmed())
        one.answer(written(0))
        expect(one.answer(written(0))).toEqual(["Write -1: pointer none to 0"])
        one.feed(tick(moved + 900))
        one.answer(written(-1))
        one.feed(tick(next))
        expect(one.answer(page(logOf("x", "a"), 1)).filter((output) => !output.startsWith("ReadLog"))).toEqual(expected)
      }
    })

    it("again where the answer came too late, and takes twice the time for it then", () => {
      const one = late()
      one.feed(tick(2102))
      expect(one.answer(confirmed())).toEqual(["ConfirmPointer"])
      one.feed(tick(4102))
      expect(one.answer(confirmed())).toEqual(["Write 0: PutEvents a"])
    })

    it("where its clock was put back", () => {
      const one = loading(logOf("a"), { atomic: false })
      one.feed(tick(99))
      expect(one.answer(noHeads("a"))).toEqual(["ConfirmPointer", "ReadLog 1"])
    })

    it("and stops in order where it is to stop meanwhile", () => {
      const stays = late()
      expect(stays.feed(stop)).toEqual([])
      stays.answer(confirmed())
      stays.answer(written(0))
      stays.answer(written(0))
      expect(stays.answer(written(-1))).toEqual(["Replicated to 1", "Stopped"])
      for (const answer of [confirmed(0), undefined]) {
        const goes = late()
        goes.feed(stop)
        expect(answer === undefined ? goes.fail() : goes.answer(answer)).toEqual(["Stopped"])
      }
    })
  })

  it("asks an atomic store for nothing more, however long ago it has read the pointer", () => {
    const one = loading(logOf("a"))
    one.feed(tick(1_000_000))
    expect(one.answer(noHeads("a"))).toEqual(["Write 0: PutEvents a, PutHead a, pointer none to 0", "ReadLog 1"])
  })

  /** One whose log begins at 9, and to whose store nothing was ever replicated. */
  const late = (atomic: boolean) => {
    const one = replicator({ atomic })
    const lost = new JournalError({ reason: "Lost", topic, message: "The records are gone." })
    one.feed(begin)
    one.answer(pointer())
    const outputs = one.answer({ _tag: "LogFailed", failure: { _tag: "Trimmed", error: lost, logStart: 9 } })
    return { one, outputs }
  }

  it("begins at the start of the log where nothing was ever replicated", () => {
    expect(late(true).outputs).toEqual(["ReadLog 9"])
  })

  it("says by the pointer where it begins, before it writes to a store without transactions", () => {
    const { one, outputs } = late(false)
    expect(outputs).toEqual(["Write -1: pointer none to 8"])
    expect(one.answer(written(-1))).toEqual(["ReadLog 9"])
    const ids = Array.from({ length: 10 }, (_, at) => `j${at}`)
    expect(one.answer(page(logOf(...ids), 9))).toEqual(["ReadHeads j9"])
    expect(one.answer(noHeads("j9"))).toEqual(["Write 0: PutEvents j9", "ReadLog 10"])
  })

  it("begins again where another replicator has put the first pointer meanwhile", () => {
    const { one } = late(false)
    expect(one.answer({ _tag: "Fenced" })).toEqual(["ReadPointer"])
    expect(one.answer(pointer(20))).toEqual(["Look 0"])
    expect(one.looked()).toEqual(["ReadLog 21"])
  })
})
