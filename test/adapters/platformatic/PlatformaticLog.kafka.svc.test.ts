import { describe } from "vitest"
import { PlatformaticLog } from "../../../adapters/platformatic/index.ts"
import { realKafkaBehaviour } from "../../core/append/RealKafka.ts"

describe("PlatformaticLog at Apache Kafka", () => {
  realKafkaBehaviour((options, compression) => PlatformaticLog.make({ ...options, compression }))
})
