import * as Result from "effect/Result"
import {
  assignSticky,
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  stickyAssignorName,
  withhold
} from "../../client/index.ts"
import { answer } from "../../machine/index.ts"
import { ErrorCode } from "../../protocol/index.ts"
import type { ApiName, Apis } from "../../protocol/index.ts"
import type { Prng } from "../../simulation/index.ts"
import type { Outcome, Wish } from "./GroupNetwork.ts"
import { groupId, topic } from "./GroupWorld.ts"
import type { GroupWorld } from "./GroupWorld.ts"
import { newPlainMember, plainMember } from "./PlainMember.ts"
import type { PlainAnswer, PlainInput, PlainOutput, PlainQuestion, PlainState } from "./PlainMember.ts"
import { commitBody, fetchBody } from "./SimulatedClient.ts"
import type { SimulatedClient } from "./SimulatedClient.ts"
import { lively, stallable } from "./Stall.ts"
import type { Stalled, StallInput } from "./Stall.ts"

interface Versions {
  readonly join: number
  readonly sync: number
  readonly beat: number
  readonly commit: number
  readonly fetch: number
  readonly leave: number
}

/** What an old client speaks, kafkajs, and a new one. */
const oldest: Versions = { join: 1, sync: 0, beat: 0, commit: 2, fetch: 1, leave: 0 }
const kafkajs: Versions = { join: 5, sync: 3, beat: 3, commit: 5, fetch: 5, leave: 3 }
const newest: Versions = { join: 9, sync: 5, beat: 4, commit: 9, fetch: 8, leave: 5 }
/** The first versions with instance ids. */
const firstStatic: Versions = { join: 5, sync: 3, beat: 3, commit: 7, fetch: 5, leave: 3 }

const labelOf = (one: { readonly _tag: string }): string => {
  const known = one as PlainInput | PlainOutput
  if (known._tag === "Ask") return `Ask ${known.question._tag}`
  return known._tag === "Answered" ? `Answered ${known.answer.errorCode ?? "nothing"}` : known._tag
}

/** The assignment of everybody, by a leader that knows who wants what. */
const shareOut = ({ led }: Extract<PlainQuestion, { readonly _tag: "Sync" }>, partitions: number) => {
  if (led === undefined) return []
  const shares = withhold(assignSticky(led, new Map([[topic, partitions]])), led)
  return [...shares].map(([memberId, share]) => ({ memberId, assignment: Result.getOrThrow(encodeAssignment(share)) }))
}

/** Starts a process with a plain member; under an instance id it is a static one. */
export const startPlain = (world: GroupWorld, name: string, instance: string | null, random: Prng): SimulatedClient => {
  const { network, sessionMs, simulation } = world
  const rebalanceTimeoutMs = random.pick(world.rebalances)
  const versions = random.pick(instance === null ? [oldest, kafkajs, newest] : [firstStatic, newest])
  const names = random.pick([
    [stickyAssignorName],
    [stickyAssignorName],
    [stickyAssignorName, "range"],
    ["range", stickyAssignorName]
  ])
  const protocols = world.faulty && random.chance(3) ? ["range"] : names
  const requestMs = 500
  const metadata = Result.getOrThrow(encodeSubscription({ topics: [topic], owned: [], generation: -1 }))

  const reply = (said: PlainAnswer): void => node.feed({ _tag: "Answered", answer: said })
  const send = <Name extends ApiName>(
    api: Name,
    version: number,
    body: Wish<Name>["body"],
    timeoutMs: number,
    read: (body: Apis[Name]["response"]["Type"]) => PlainAnswer
  ): void =>
    network.send<Name>({
      client: name,
      lane: "only",
      name: api,
      version,
      body,
      timeoutMs,
      ended: (outcome: Outcome<Name>) =>
        reply(outcome._tag === "Failed" ? { errorCode: undefined } : read(outcome.body))
    })

  const ask = (question: PlainQuestion): void => {
    switch (question._tag) {
      case "Join":
        return send(
          "JoinGroup",
          versions.join,
          {
            groupId,
            sessionTimeoutMs: sessionMs,
            rebalanceTimeoutMs,
            memberId: question.memberId,
            groupInstanceId: instance,
            protocolType: "consumer",
            protocols: protocols.map((one) => ({ name: one, metadata }))
          },
          rebalanceTimeoutMs + requestMs,
          ({ errorCode, generationId: generation, leader, memberId, members, skipAssignment }) => {
            const leads = errorCode === ErrorCode.NONE && leader === memberId && !skipAssignment
            if (leads) simulation.mark("a plain member led")
            const led = members.map((one) => ({
              id: one.memberId,
              ...Result.getOrThrow(decodeSubscription(one.metadata))
            }))
            return { errorCode, memberId, generation, ...(leads ? { led } : {}) }
          }
        )
      case "Sync":
        return send(
          "SyncGroup",
          versions.sync,
          {
            groupId,
            generationId: question.generation,
            memberId: question.memberId,
            groupInstanceId: instance,
            assignments: shareOut(question, world.counted)
          },
          rebalanceTimeoutMs + requestMs,
          ({ assignment, errorCode }) => ({
            errorCode,
            share: Result.getOrThrow(decodeAssignment(assignment)).map(({ partition }) => partition)
          })
        )
      case "Fetch":
        return send("OffsetFetch", versions.fetch, fetchBody(question.partitions), requestMs, ({ errorCode }) => ({
          errorCode
        }))
      case "Beat": {
        const { generation, memberId } = question
        const body = { groupId, generationId: generation, memberId, groupInstanceId: instance }
        return send("Heartbeat", versions.beat, body, requestMs, ({ errorCode }) => ({ errorCode }))
      }
      case "Commit":
        return send(
          "OffsetCommit",
          versions.commit,
          commitBody(world, { ...question, instance }, question.partitions),
          requestMs,
          ({ topics }) => ({ errorCode: topics[0]?.partitions[0]?.errorCode ?? 0 })
        )
      case "Leave": {
        const { memberId } = question
        return send("LeaveGroup", versions.leave, { groupId, memberId, members: [{ memberId }] }, requestMs, () => ({
          errorCode: 0
        }))
      }
    }
  }

  const node = simulation.node<Stalled<PlainState, PlainInput>, StallInput<PlainInput>, PlainOutput>({
    name,
    restarts: false,
    crashed: () => network.forget(name),
    boot: () => ({
      machine: stallable(plainMember, (now): PlainInput => ({ _tag: "Tick", now })),
      state: lively<PlainState, PlainInput>(newPlainMember(sessionMs / 3, instance !== null)),
      tick: (now) => ({ _tag: "Time", now }),
      label: labelOf,
      stepped: () => world.stepped(),
      status: ({ inner }) => `generation ${inner.generation}: ${inner.owned.join()}`,
      perform: (output) => answer(() => (output._tag === "Ended" ? node.stop() : ask(output.question)))
    })
  })
  node.feed({ _tag: "Start" })
  return {
    name,
    instance,
    alive: () => node.alive(),
    stalledUntil: () => node.state().until,
    settled: () => {
      const { asking, generation, isSettled, memberId, wantsJoin } = node.state().inner
      const isCalm = asking === undefined || asking._tag === "Beat"
      return isSettled && !wantsJoin && isCalm ? { memberId, generation } : undefined
    },
    owned: () => (node.alive() ? node.state().inner.owned : []),
    commit: () => node.feed({ _tag: "Commit" }),
    leave: () => node.feed({ _tag: "Leave" }),
    crash: () => node.crash(),
    stall: (ms) => node.feed({ _tag: "Stall", ms })
  }
}
