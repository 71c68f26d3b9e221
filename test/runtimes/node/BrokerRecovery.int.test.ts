import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { TcpNetwork } from "../../../adapters/tcp/index.ts"
import type { RecoveryProgress } from "../../../core/broker/index.ts"
import { Broker } from "../../../runtimes/node/index.ts"
import { createTopic } from "../../core/client/CreateTopic.ts"
import { temporaryFolder } from "./cli/Odradek.ts"

it.live("a broker that opens its log tells how many partitions and segments are open, up to all of them", () =>
  Effect.gen(function* () {
    const folder = yield* Effect.acquireRelease(Effect.sync(temporaryFolder), ({ remove }) => Effect.sync(remove))
    const told: Array<RecoveryProgress> = []
    const options = { data: folder.path, recovering: (progress: RecoveryProgress) => void told.push(progress) }
    yield* Effect.scoped(Effect.flatMap(Broker.start(options), (broker) => createTopic(TcpNetwork, broker, "t", 3)))
    expect(told).toEqual([])
    yield* Effect.scoped(Broker.start(options))
    expect(told).toEqual([
      { partitions: 1, of: 3, segments: 1 },
      { partitions: 2, of: 3, segments: 2 },
      { partitions: 3, of: 3, segments: 3 }
    ])
  })
)
