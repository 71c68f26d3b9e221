import * as Effect from "effect/Effect"
import { describe } from "vitest"
import { compressionOf } from "../../../adapters/compression/index.ts"
import { KafkaJsLog } from "../../../adapters/kafkajs/index.ts"
import { realKafkaBehaviour } from "../../core/append/RealKafka.ts"

describe("KafkaJsLog at Apache Kafka", () => {
  realKafkaBehaviour((options, codec) =>
    Effect.flatMap(compressionOf(codec), (compression) => KafkaJsLog.make({ ...options, compression }))
  )
})
