import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decodeUtf8 } from "../../../core/bytes/index.ts"
import type { Block, Body, Command } from "../../../core/chain/Block.ts"
import {
  applyBlock,
  decodeSnapshot,
  encodeSnapshot,
  makeSessions,
  MisplacedBlock,
  openSession,
  plainCommand
} from "../../../core/chain/Sessions.ts"
import type { CommandOutcome, Sessions } from "../../../core/chain/Sessions.ts"
import { above } from "./codec/Arbitraries.ts"
import { keyValues, setKey } from "./KeyValues.ts"
import type { KeyValues } from "./KeyValues.ts"

const blockAt = (position: number, body: Body): Block => above({ term: 1, counter: position }, 1, position, body)

const commit = (sessions: Sessions<KeyValues>, ...commands: ReadonlyArray<Command>): ReadonlyArray<CommandOutcome> =>
  applyBlock(sessions, blockAt(sessions.position, { _tag: "Commands", commands }))

const show = (outcome: CommandOutcome): string =>
  outcome._tag === "Applied"
    ? decodeUtf8(outcome.answer)
    : outcome._tag === "Opened"
      ? `Opened ${outcome.session}`
      : outcome._tag

const said = (sessions: Sessions<KeyValues>, ...commands: ReadonlyArray<Command>): ReadonlyArray<string> =>
  commit(sessions, ...commands).map(show)

const set = (session: number, sequence: number, key: string, value: string): Command => ({
  session,
  sequence,
  payload: setKey(key, value)
})

describe("a session", () => {
  it("is named by the place of the command that opened it, which no other has", () => {
    const sessions = makeSessions(keyValues)
    expect(said(sessions, openSession, plainCommand(setKey("a", "1")), openSession)).toEqual([
      "Opened 1",
      "nothing @1",
      "Opened 3"
    ])
  })

  it("has a command applied once, however often it comes, and answered as it was the first time", () => {
    const sessions = makeSessions(keyValues)
    said(sessions, openSession)
    const once = set(1, 1, "a", "1")
    expect(said(sessions, once, once)).toEqual(["nothing @1", "nothing @1"])
    said(sessions, plainCommand(setKey("a", "2")))
    expect(said(sessions, once)).toEqual(["nothing @1"])
    expect(sessions.state.get("a")).toBe("2")
  })

  it("answers an older command as stale, and does not apply it", () => {
    const sessions = makeSessions(keyValues)
    const first = set(1, 1, "a", "1")
    said(sessions, openSession, first, set(1, 2, "a", "2"))
    expect(said(sessions, first, set(1, 0, "a", "0"))).toEqual(["Stale", "Stale"])
    expect(sessions.state.get("a")).toBe("2")
  })

  it("does not apply a command before the one in front of it", () => {
    const sessions = makeSessions(keyValues)
    said(sessions, openSession)
    expect(said(sessions, set(1, 2, "a", "2"), set(1, 1, "a", "1"), set(1, 2, "a", "2"))).toEqual([
      "OutOfOrder",
      "nothing @2",
      "1 @3"
    ])
  })

  it("has nothing before its first command, so that number 0 has no answer", () => {
    const sessions = makeSessions(keyValues)
    expect(said(sessions, openSession, set(1, 0, "a", "0"))).toEqual(["Opened 1", "Stale"])
    expect(sessions.state.size).toBe(0)
  })

  it("that never was has no effect", () => {
    const sessions = makeSessions(keyValues)
    expect(said(sessions, set(1, 1, "a", "1"))).toEqual(["SessionExpired"])
    expect(sessions.state.size).toBe(0)
  })

  it("is forgotten when there are too many, the one used longest ago first", () => {
    const sessions = makeSessions(keyValues, 2)
    said(sessions, openSession, openSession)
    said(sessions, set(1, 1, "a", "1"), openSession)
    expect(said(sessions, set(2, 1, "b", "2"), set(1, 2, "a", "2"))).toEqual(["SessionExpired", "1 @5"])
    expect(sessions.state.has("b")).toBe(false)
    expect(sessions.table.size).toBe(2)
  })

  it("is in use also by a command that has no effect", () => {
    const sessions = makeSessions(keyValues, 2)
    said(sessions, openSession, openSession, set(1, 9, "a", "1"), openSession)
    expect(said(sessions, set(1, 1, "a", "1"))).toEqual(["nothing @4"])
  })
})

describe("commands without a session", () => {
  it("are applied as often as they come", () => {
    const sessions = makeSessions(keyValues)
    const command = plainCommand(setKey("a", "1"))
    expect(said(sessions, command, command)).toEqual(["nothing @0", "1 @1"])
  })
})

describe("a block", () => {
  it("without commands moves nothing", () => {
    const sessions = makeSessions(keyValues)
    expect(applyBlock(sessions, blockAt(0, { _tag: "Opening" }))).toEqual([])
    expect(sessions.position).toBe(0)
  })

  it("out of turn, or without its commands, is a defect", () => {
    const sessions = makeSessions(keyValues)
    const late = blockAt(1, { _tag: "Commands", commands: [openSession] })
    expect(() => applyBlock(sessions, late)).toThrow(/begins at command 1 where command 0 comes next/)
    expect(() => applyBlock(sessions, blockAt(0, { _tag: "Withheld", count: 3 }))).toThrow(MisplacedBlock)
  })

  it("lets what the application throws through", () => {
    const broken = makeSessions({
      ...keyValues,
      apply: () => {
        throw new Error("cannot add")
      }
    })
    expect(() => said(broken, plainCommand(setKey("a", "1")))).toThrow("cannot add")
  })
})

/** Commands as clients send them: in order mostly, and repeated, late, early or of nobody's session now and then. */
const someCommands: fc.Arbitrary<ReadonlyArray<Command>> = fc.array(
  fc.oneof(
    { weight: 1, arbitrary: fc.constant(openSession) },
    { weight: 1, arbitrary: fc.constant(plainCommand(setKey("p", "x"))) },
    {
      weight: 5,
      arbitrary: fc
        .tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 4 }))
        .map(([session, sequence]) => set(session, sequence, `k${session % 3}`, `v${sequence}`))
    }
  ),
  { maxLength: 40 }
)

/** The sessions' promise in its plainest form: everything that was ever applied is kept for ever. */
const modelOf = (commands: ReadonlyArray<Command>, maxSessions: number): ReadonlyArray<string> => {
  let state = keyValues.initial
  let alive: ReadonlyArray<number> = []
  const applied = new Map<number, ReadonlyArray<string>>()
  return commands.map(({ payload, sequence, session }, position) => {
    const apply = (): string => {
      const [next, answer] = keyValues.apply(state, payload, position)
      state = next
      return decodeUtf8(answer)
    }
    if (session === 0 && sequence === 0) return apply()
    if (session === 0) {
      alive = [...alive, position + 1].slice(-maxSessions)
      applied.set(position + 1, [])
      return `Opened ${position + 1}`
    }
    if (!alive.includes(session)) return "SessionExpired"
    alive = [...alive.filter((id) => id !== session), session]
    const answers = applied.get(session)!
    if (sequence > answers.length + 1) return "OutOfOrder"
    if (sequence < answers.length || sequence === 0) return "Stale"
    if (sequence === answers.length) return answers[sequence - 1]!
    const answer = apply()
    applied.set(session, [...answers, answer])
    return answer
  })
}

describe("sessions", () => {
  it("do what a plain model does", () => {
    fc.assert(
      fc.property(someCommands, fc.integer({ min: 1, max: 4 }), (commands, maxSessions) => {
        expect(said(makeSessions(keyValues, maxSessions), ...commands)).toEqual(modelOf(commands, maxSessions))
      }),
      { numRuns: 500 }
    )
  })

  it("go on from a snapshot as if there had been none, byte for byte", () => {
    fc.assert(
      fc.property(someCommands, someCommands, (before, after) => {
        const sessions = makeSessions(keyValues, 3)
        said(sessions, ...before)
        const read = Result.getOrThrow(decodeSnapshot(keyValues, encodeSnapshot(sessions), 3))
        expect(said(read, ...after)).toEqual(said(sessions, ...after))
        expect(encodeSnapshot(read)).toEqual(encodeSnapshot(sessions))
      })
    )
  })
})

describe("a snapshot", () => {
  const sessions = makeSessions(keyValues, 3)
  said(sessions, openSession, set(1, 1, "a", "1"), openSession)
  const bytes = encodeSnapshot(sessions)

  it("that is cut anywhere is an error", () => {
    for (let at = 0; at < bytes.length; at++) {
      expect(decodeSnapshot(keyValues, bytes.slice(0, at), 3)).toMatchObject({ failure: { _tag: "DecodeError" } })
    }
  })

  it("of a cluster that remembers another number of sessions is refused", () => {
    expect(decodeSnapshot(keyValues, bytes, 4)).toMatchObject({
      failure: { reason: "InvalidValue", what: "snapshot.maxSessions" }
    })
  })

  it("with a session that no command of its can have opened is refused", () => {
    const later = bytes.slice()
    later[1] = 2
    expect(decodeSnapshot(keyValues, later, 3)).toMatchObject({ failure: { what: "session.id" } })
  })
})
