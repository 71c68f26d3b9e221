import * as Effect from "effect/Effect"
import { jsonPayload, makeJournals } from "../../core/journal/index.ts"
import type { Area, Report } from "./Bench.ts"
import { partition, payload, type Place, withFixture } from "./Fixture.ts"

const topic = "append"
const many = 64

const compareAppends = (report: Report, place: Place): Promise<void> =>
  withFixture(
    ({ log, send, store }) =>
      Effect.gen(function* () {
        const journals = makeJournals({ log, store, topic, payload: jsonPayload, origin: "bench" })
        const journal = journals.journal("appended")
        const { offset } = yield* journal.append([{ payload }])
        const { records } = yield* log.read({ topic, partition, offset, maxBytes: 65_536, maxWaitMs: 0 })
        const sample = records.at(-1)
        if (sample === undefined) return yield* Effect.die("the log is empty")
        const headers = Object.fromEntries(sample.headers.map(({ name, value }) => [name, Buffer.from(value ?? [])]))
        const message = { key: "appended", value: Buffer.from(sample.value ?? []), headers, partition }

        const one = Effect.as(journal.append([{ payload }]), 1)
        const manyAtOnce = Effect.as(
          Effect.forEach(Array.from({ length: many }), () => journal.append([{ payload }]), {
            concurrency: "unbounded"
          }),
          many
        )
        const sendMany = () => Promise.all(Array.from({ length: many }, () => send(topic, [message])))

        yield* Effect.promise(async () => {
          await report({
            name: `append, one at a time, broker ${place}`,
            unit: "records",
            goal: 0.95,
            latencies: true,
            subject: { name: "journal.append", run: () => Effect.runPromise(one) },
            baseline: { name: "bare kafkajs send of the same bytes", run: () => send(topic, [message]).then(() => 1) }
          })
          await report({
            name: `append, ${many} at a time, broker ${place}`,
            unit: "records",
            goal: 0.95,
            latencies: true,
            subject: { name: "journal.append", run: () => Effect.runPromise(manyAtOnce) },
            baseline: { name: `${many} bare kafkajs sends`, run: () => sendMany().then(() => many) }
          })
          if (place === "here") return
          await report({
            name: `append, ${many} at a time, against one send`,
            unit: "records",
            subject: { name: "journal.append", run: () => Effect.runPromise(manyAtOnce) },
            baseline: {
              name: `one kafkajs send of ${many}`,
              run: () =>
                send(
                  topic,
                  Array.from({ length: many }, () => message)
                ).then(() => many)
            }
          })
        })
      }),
    place
  )

/** Appends through the journal against sends of the same bytes, to the same partition of the same broker. */
export const append: Area = {
  name: "append",
  run: async (report) => {
    await compareAppends(report, "apart")
    await compareAppends(report, "here")
  }
}
