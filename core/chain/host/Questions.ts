import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { Command } from "../Block.ts"
import type { ChainInput } from "../ChainInput.ts"
import type { Member, NodeId } from "../Configuration.ts"
import type { ChainNode } from "../Node.ts"
import { type ProposalError, ProposalRefused, type ProposalRefusedReason, ProposalUnknown } from "../NodeErrors.ts"
import { openSession, plainCommand } from "../Sessions.ts"
import type { Calls, Placed } from "./Calls.ts"
import { persevere, type Proposer } from "./Persevere.ts"
import type { Replica } from "./Replica.ts"
import { appliedOf, makeSession, type Within } from "./Session.ts"
import { inTurn } from "./Turn.ts"

const notCaughtUp =
  "The new voters did not catch up in time: see whether they run, can be reached, and have an empty folder of their own."

/** What a node is asked through. */
export interface QuestionsOptions<State> {
  readonly id: NodeId
  readonly calls: Calls
  readonly replica: Replica<State>
  readonly clock: Clock.Clock
  readonly offer: (input: ChainInput) => Effect.Effect<void>
  readonly timeoutMs: number
  readonly attemptMs: number
  readonly maxCommandBytes: number
  readonly maxProposals: number
  /** What is wrong with members that are asked for now, in a sentence. */
  readonly wrongWith: (members: ReadonlyArray<Member>) => string | undefined
}

/** The part of a node that asks its machine, and waits for the answers. */
export type Questions<State> = Pick<
  ChainNode<State>,
  "propose" | "openSession" | "read" | "readLocal" | "changeMembers" | "transfer"
>

export const questions = <State>(options: QuestionsOptions<State>): Questions<State> => {
  const { attemptMs, calls, clock, id: node, maxCommandBytes, maxProposals, offer, replica } = options
  const proposer: Proposer = { node, attemptMs, clock }
  const places = Semaphore.makeUnsafe(maxProposals)
  const refused = (reason: ProposalRefusedReason) => new ProposalRefused({ reason, node, leader: 0 })
  const within: Within = (limit, run) => {
    const timeoutMs = limit?.timeoutMs ?? options.timeoutMs
    if (Number.isFinite(timeoutMs) && timeoutMs > 0) return run(timeoutMs)
    const detail = `timeoutMs is ${String(timeoutMs)}: give a number of milliseconds above 0.`
    return Effect.fail(new ProposalRefused({ reason: "BadTimeLimit", node, leader: 0, detail }))
  }
  const deadlineAfter = (timeoutMs: number): number => clock.currentTimeMillisUnsafe() + timeoutMs

  const ask = <A>(
    timeoutMs: number,
    input: (id: number, deadline: number) => ChainInput,
    take: (placed: ReadonlyArray<Placed>) => A
  ): Effect.Effect<A, ProposalError> =>
    Effect.suspend(() => {
      const deadline = deadlineAfter(timeoutMs)
      return calls.ask(offer, (id) => input(id, deadline), take)
    })

  const explained = <A>(
    asked: Effect.Effect<A, ProposalError>,
    explain: () => string
  ): Effect.Effect<A, ProposalError> =>
    Effect.mapError(asked, (error) =>
      error._tag === "ProposalRefused" && error.reason === "BadChange"
        ? new ProposalRefused({ reason: error.reason, node, leader: error.leader, detail: explain() })
        : error
    )

  const proposeNow = (command: Command, timeoutMs: number): Effect.Effect<Placed, ProposalError> =>
    Effect.flatMap(
      ask(
        timeoutMs,
        (id, deadline) => ({ _tag: "Propose", id, commands: [command], deadline }),
        ([placed]) => placed
      ),
      (placed) => (placed === undefined ? Effect.fail(new ProposalUnknown({ node })) : Effect.succeed(placed))
    )

  const proposeCommand = (command: Command, timeoutMs: number): Effect.Effect<Placed, ProposalError> => {
    if (command.payload.length > maxCommandBytes) return Effect.fail(refused("TooLarge"))
    if (replica.isBlind) return Effect.fail(refused("NoApplication"))
    const late = Effect.suspend(() => Effect.fail(refused("Busy")))
    return inTurn(places, clock, timeoutMs, (leftMs) => proposeNow(command, leftMs), late)
  }

  const readable = <A>(query: (state: State) => A): A => {
    if (replica.isBlind) throw refused("NoApplication")
    return query(replica.state)
  }

  return {
    propose: (payload, limit) =>
      Effect.flatMap(
        Effect.suspend(() => within(limit, (timeoutMs) => proposeCommand(plainCommand(payload), timeoutMs))),
        (placed) => appliedOf(placed, node)
      ),
    openSession: (limit) =>
      Effect.flatMap(
        within(limit, (timeoutMs) =>
          persevere(proposer, (attemptMs) => proposeCommand(openSession, attemptMs), timeoutMs)
        ),
        ({ outcome }) =>
          outcome._tag === "Opened"
            ? Effect.succeed(makeSession({ proposer, session: outcome.session, propose: proposeCommand, within }))
            : Effect.fail(new ProposalUnknown({ node }))
      ),
    read: (query, limit) =>
      Effect.suspend(() =>
        replica.isBlind
          ? Effect.fail(refused("NoApplication"))
          : within(limit, (timeoutMs) =>
              ask(
                timeoutMs,
                (id, deadline) => ({ _tag: "Read", id, deadline }),
                () => query(replica.state)
              )
            )
      ),
    readLocal: readable,
    changeMembers: (members, limit) =>
      explained(
        within(limit, (timeoutMs) =>
          ask(
            timeoutMs,
            (id, deadline) => ({ _tag: "ChangeMembers", id, members, deadline }),
            () => {}
          )
        ),
        () => options.wrongWith(members) ?? notCaughtUp
      ),
    transfer: (to, limit) =>
      explained(
        within(limit, (timeoutMs) =>
          ask(
            timeoutMs,
            (id, deadline) => ({ _tag: "Transfer", id, to, deadline }),
            () => {}
          )
        ),
        () =>
          `Node ${to} is no voter, or did not take over in time: see its role, and whether it runs and can be reached.`
      )
  }
}
