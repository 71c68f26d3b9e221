import * as Effect from "effect/Effect"
import { Broker } from "../Broker.ts"
import type { brokerSettings, SettingsOf } from "./CommandSettings.ts"
import { sayOut } from "./Output.ts"
import { type Doing, waitingFor, withProgress } from "./Progress.ts"
import { defaults } from "./Settings.ts"
import { untilSignal } from "./Signals.ts"
import { UseError } from "./UseError.ts"

/** What `odradek broker` is told beside its settings. */
export interface BrokerFlags {
  readonly memory: boolean
  /** Whether the folder was named on the command line itself. */
  readonly namesData: boolean
  readonly silent: boolean
}

/** Serves a broker until a signal comes, or a defect stops it. */
export const runBroker = Effect.fnUntraced(function* (
  settings: SettingsOf<typeof brokerSettings>,
  { memory, namesData, silent }: BrokerFlags
) {
  if (memory && namesData) {
    return yield* new UseError({ message: "Give --memory or --data, and not both: the log is kept in one place." })
  }
  const data = memory ? undefined : settings.data
  const { advertise, fsync, fsyncInterval, listen = defaults.listen, partitions } = settings
  const start = (doing: Doing) => {
    const waiting = waitingFor(`opening ${data ?? "the log"}`)
    doing(waiting)
    return Broker.start({
      listen,
      advertise,
      data,
      fsync,
      fsyncIntervalMs: fsyncInterval,
      defaultPartitions: partitions,
      recovering: ({ of, partitions: open, segments }) =>
        doing(() => `${waiting()}, ${open} of ${of} partitions with ${segments} segments are open`)
    })
  }
  const serve = Effect.gen(function* () {
    const broker = yield* withProgress({ silent }, start)
    if (data === undefined && !memory) {
      yield* Effect.logInfo("The log is kept in memory and ends with this process; give --data DIR to keep it.")
    }
    yield* sayOut(`ready ${broker.address}`)
    return yield* broker.join
  })
  yield* Effect.raceFirst(Effect.scoped(serve), untilSignal)
})
