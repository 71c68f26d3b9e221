import * as Result from "effect/Result"
import {
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  newMember,
  stickyAssignorName,
  type MemberAnswer,
  type MemberInput,
  type MemberOutput,
  type MemberQuestion,
  type MemberState
} from "../../client/index.ts"
import { answer } from "../../machine/index.ts"
import { ErrorCode } from "../../protocol/index.ts"
import type { ApiName, Apis } from "../../protocol/index.ts"
import { task } from "../../simulation/index.ts"
import type { Meaning, Prng } from "../../simulation/index.ts"
import type { Outcome, Wish } from "./GroupNetwork.ts"
import { broken } from "./GroupPromises.ts"
import { groupId, topic } from "./GroupWorld.ts"
import type { GroupWorld } from "./GroupWorld.ts"
import { commitBody } from "./SimulatedClient.ts"
import type { SimulatedClient } from "./SimulatedClient.ts"
import { lively, stallable } from "./Stall.ts"
import type { Stalled, StallInput } from "./Stall.ts"

const labelOf = (one: { readonly _tag: string }): string => {
  const known = one as MemberInput | MemberOutput
  if (known._tag === "Ask") return `Ask ${known.question._tag}`
  if (known._tag === "Tell") {
    return `Tell ${known.event._tag} ${known.event.partitions.map(({ partition }) => partition).join()}`
  }
  return known._tag === "Answered" ? `Answered ${known.answer._tag}` : known._tag
}

/** Starts a process around this package's own member, which asks as its client does. */
export const startCooperative = (world: GroupWorld, name: string, random: Prng): SimulatedClient => {
  const { network, sessionMs, simulation } = world
  const rebalanceTimeoutMs = random.pick(world.rebalances)
  const requestMs = 500
  const slowness = world.gentle ? 0 : 30
  const tick = (now: number): MemberInput => ({ _tag: "Tick", now })
  const send = <Name extends ApiName>(
    api: Name,
    version: number,
    body: Wish<Name>["body"],
    timeoutMs: number,
    ended: (outcome: Outcome<Name>) => void
  ): void =>
    network.send({
      client: name,
      lane: timeoutMs > requestMs ? "held" : "free",
      name: api,
      version,
      body,
      timeoutMs,
      ended
    })

  const ask = (turn: number, question: MemberQuestion): void => {
    const reply = (said: MemberAnswer): void => node.feed({ _tag: "Answered", turn, answer: said })
    const heard =
      <Name extends ApiName>(read: (body: Apis[Name]["response"]["Type"]) => MemberAnswer) =>
      (outcome: Outcome<Name>): void =>
        reply(outcome._tag === "Failed" ? outcome : read(outcome.body))
    switch (question._tag) {
      case "Find":
        return send(
          "FindCoordinator",
          3,
          { key: groupId, keyType: 0 },
          requestMs,
          heard<"FindCoordinator">(({ errorCode, host, port }) =>
            errorCode === ErrorCode.NONE
              ? { _tag: "Found", coordinator: { host, port } }
              : { _tag: "Refused", errorCode, memberId: "" }
          )
        )
      case "Join": {
        const { memberId, owned, ownedSince } = question
        const metadata = Result.getOrThrow(encodeSubscription({ topics: [topic], owned, generation: ownedSince }))
        const body = {
          groupId,
          sessionTimeoutMs: sessionMs,
          rebalanceTimeoutMs,
          memberId,
          protocolType: "consumer",
          protocols: [{ name: stickyAssignorName, metadata }]
        }
        return send(
          "JoinGroup",
          9,
          body,
          rebalanceTimeoutMs + requestMs,
          heard<"JoinGroup">((told) => {
            if (told.errorCode !== ErrorCode.NONE)
              return { _tag: "Refused", errorCode: told.errorCode, memberId: told.memberId }
            const members = told.members.map((one) => ({
              id: one.memberId,
              ...Result.getOrThrow(decodeSubscription(one.metadata))
            }))
            const leads = told.leader === told.memberId
            if (leads) simulation.mark("a cooperative member led")
            return { _tag: "Joined", memberId: told.memberId, generation: told.generationId, leads, members }
          })
        )
      }
      case "Sync": {
        const { generation, memberId, shares } = question
        const assignments = [...shares].map(([id, share]) => ({
          memberId: id,
          assignment: Result.getOrThrow(encodeAssignment(share))
        }))
        const body = {
          groupId,
          generationId: generation,
          memberId,
          protocolType: "consumer",
          protocolName: stickyAssignorName,
          assignments
        }
        return send(
          "SyncGroup",
          5,
          body,
          rebalanceTimeoutMs + requestMs,
          heard<"SyncGroup">(({ assignment, errorCode }) =>
            errorCode === ErrorCode.NONE
              ? { _tag: "Synced", assignment: assignment.slice() }
              : { _tag: "Refused", errorCode, memberId }
          )
        )
      }
      case "Leave": {
        const { memberId } = question
        // Others may be given them before this one hears that it is out.
        if (owned().length > 0)
          simulation.fail(broken.owners, `${name} leaves the group and still has ${owned().join()}`)
        return send(
          "LeaveGroup",
          5,
          { groupId, memberId, members: [{ memberId }] },
          requestMs,
          heard<"LeaveGroup">(() => ({ _tag: "Left" }))
        )
      }
    }
  }

  const perform = (output: MemberOutput): Meaning<StallInput<MemberInput>> => {
    switch (output._tag) {
      case "Ask":
        return answer(() => ask(output.turn, output.question))
      case "Count": {
        const { generation } = output
        const counted = (known: boolean): MemberInput => ({
          _tag: "Counted",
          generation,
          counts: known ? new Map([[topic, world.counted]]) : undefined
        })
        return task<MemberInput>(undefined, () => counted(!world.fault("partitions could not be counted", 3)))
      }
      case "Beat": {
        const { generation, memberId, sentAt } = output
        return answer(() =>
          send(
            "Heartbeat",
            4,
            { groupId, generationId: generation, memberId },
            Math.min(requestMs, sessionMs),
            (outcome) => {
              const said =
                outcome._tag === "Reply" ? { errorCode: outcome.body.errorCode } : { failure: outcome.failure }
              node.feed({ _tag: "Beaten", generation, sentAt, answer: said })
            }
          )
        )
      }
      case "Tell": {
        const { event, revocation } = output
        simulation.mark(`a cooperative member was told: ${event._tag}`)
        const told = (inTime: boolean): MemberInput => ({ _tag: "Told", revocation, inTime })
        if (event._tag === "Revoked" && world.fault("an owner takes its time", slowness)) {
          return answer(() => void world.letGo.push(() => node.feed(told(true))))
        }
        return task<MemberInput>("owner", () => told(true), world.gentle ? {} : { timedOut: told(false) })
      }
      case "Ended":
        return answer(() => {
          simulation.mark(`a cooperative member ended: ${output.end._tag}`)
          node.stop()
        })
    }
  }

  const config = { topics: [topic], sessionTimeoutMs: sessionMs, heartbeatMs: sessionMs / 3, discoveryMs: 2000 }
  const node = simulation.node<Stalled<MemberState, MemberInput>, StallInput<MemberInput>, MemberOutput>({
    name,
    restarts: false,
    crashed: () => network.forget(name),
    boot: () => ({
      machine: stallable(world.subjects.member, tick),
      state: lively<MemberState, MemberInput>(newMember({ ...config, backoffMs: 50, maxBackoffMs: 400 })),
      tick: (now) => ({ _tag: "Time", now }),
      label: labelOf,
      stepped: () => world.stepped(),
      status: ({ inner }) =>
        `generation ${inner.generation}: ${[...inner.owned.values()].map(({ partition }) => partition).join()}`,
      perform
    })
  })
  const owned = (): ReadonlyArray<number> =>
    node.alive() ? [...node.state().inner.owned.values()].map(({ partition }) => partition) : []
  node.feed({ _tag: "Start" })
  return {
    name,
    instance: null,
    alive: () => node.alive(),
    stalledUntil: () => node.state().until,
    settled: () => {
      const { asking, generation, memberId, revoking, synced, wantsJoin } = node.state().inner
      return synced && asking === undefined && !wantsJoin && revoking === undefined
        ? { memberId, generation }
        : undefined
    },
    owned,
    commit: () => {
      const { generation, memberId } = node.state().inner
      const partitions = owned()
      if (partitions.length === 0 || generation < 0) return
      send(
        "OffsetCommit",
        8,
        commitBody(world, { memberId, generation, instance: null }, partitions),
        requestMs,
        (outcome) => {
          if (outcome._tag === "Failed") return
          const errorCode = outcome.body.topics[0]?.partitions[0]?.errorCode ?? 0
          if (errorCode !== ErrorCode.NONE) node.feed({ _tag: "CommitRefused", generation, errorCode })
        }
      )
    },
    leave: () => node.feed({ _tag: "Leave" }),
    crash: () => node.crash(),
    stall: (ms) => node.feed({ _tag: "Stall", ms })
  }
}
