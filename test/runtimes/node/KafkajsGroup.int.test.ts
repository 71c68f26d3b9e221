import { it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import { type Admin, AssignerProtocol } from "kafkajs"
import { expect } from "vitest"
import { Broker } from "../../../runtimes/node/Broker.ts"
import { adminOf, clientOf, producerOf } from "./Clients.ts"

const promise = <A>(run: () => Promise<A>): Effect.Effect<A> => Effect.promise(run)

const partitions = [0, 1, 2, 3, 4, 5]

/** The partitions of each member, once the group is stable with so many members. */
const assignments = (admin: Admin, members: number): Effect.Effect<ReadonlyArray<ReadonlyArray<number>>> =>
  promise(() => admin.describeGroups(["g"])).pipe(
    Effect.repeat({
      until: ({ groups }) => groups[0]?.state === "Stable" && groups[0].members.length === members,
      schedule: Schedule.spaced(20)
    }),
    Effect.map(({ groups }) =>
      (groups[0]?.members ?? []).map(
        ({ memberAssignment }) => AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment["t"] ?? []
      )
    )
  )

/** A member of the group that hands over each record, and does not go on before it is taken. */
const member = Effect.fnUntraced(function* (address: string, take: (value: string) => Promise<void>) {
  const consumer = clientOf(address).consumer({
    groupId: "g",
    sessionTimeout: 1500,
    rebalanceTimeout: 5000,
    heartbeatInterval: 100,
    maxWaitTimeInMs: 100
  })
  yield* Effect.addFinalizer(() => promise(() => consumer.disconnect()))
  yield* promise(() => consumer.connect())
  yield* promise(() => consumer.subscribe({ topic: "t", fromBeginning: true }))
  yield* promise(() => consumer.run({ eachMessage: ({ message }) => take(String(message.value)) }))
  return consumer
})

it.live("a group of three loses no record and shares no partition when one leaves and one stops without a word", () =>
  Effect.scoped(
    Effect.gen(function* () {
      const { address } = yield* Broker.start()
      const admin = yield* adminOf(address)
      yield* promise(() => admin.createTopics({ topics: [{ topic: "t", numPartitions: partitions.length }] }))
      const producer = yield* producerOf(address, { idempotent: true })
      let sent = 0
      const produce = Effect.forever(
        promise(() =>
          producer.send({
            topic: "t",
            messages: partitions.map((partition) => ({ partition, value: String(sent++) }))
          })
        )
      )
      const seen = new Set<string>()
      const take = (value: string): Promise<void> => {
        seen.add(value)
        return Promise.resolve()
      }
      const stuck = yield* Deferred.make<void>()
      let isStuck = false

      const producing = yield* Effect.forkChild(produce)
      yield* member(address, take)
      const leaver = yield* member(address, take)
      yield* member(address, (value) => (isStuck ? Effect.runPromise(Deferred.await(stuck)) : take(value)))
      yield* Effect.addFinalizer(() => Deferred.succeed(stuck, undefined))
      const shared = (shares: ReadonlyArray<ReadonlyArray<number>>) => {
        expect(shares.flat().toSorted((a, b) => a - b)).toEqual(partitions)
        return shares.map((share) => share.length)
      }
      expect(shared(yield* assignments(admin, 3))).toEqual([2, 2, 2])
      yield* promise(() => leaver.disconnect())
      expect(shared(yield* assignments(admin, 2))).toEqual([3, 3])
      isStuck = true
      expect(shared(yield* assignments(admin, 1))).toEqual([6])
      yield* Fiber.interrupt(producing)
      const complete = Effect.sync(() => seen.size >= sent)
      yield* Effect.repeat(complete, { until: (is) => is, schedule: Schedule.spaced(20) })
      expect(seen.size).toBe(sent)
    })
  )
)
