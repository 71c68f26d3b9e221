import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { defaultMaxBatchBytes } from "../../../../core/append/index.ts"
import { openAccess } from "../../BrokerAccess.ts"
import { openLog } from "../../OpenLog.ts"
import { isKeptStore, openStore } from "../../OpenStore.ts"
import { shownAddress } from "../../ShownAddress.ts"
import { clusterOf } from "../Cluster.ts"
import type { doctorSettings, SettingsOf } from "../CommandSettings.ts"
import { sayOut } from "../Output.ts"
import { waitingFor, withProgress } from "../Progress.ts"
import { defaults } from "../Settings.ts"
import { type Check, tally } from "./Check.ts"
import { checkJson, checkText, summaryJson, summaryText } from "./CheckText.ts"
import { examine } from "./Doctor.ts"
import { neededApis } from "./NeededApis.ts"
import { counted } from "./Words.ts"

/** How long one probe may take, and how long pointers that should move are watched; in milliseconds. */
const [deadlineMs, watchMs] = [5000, 2000]

/** For how long a store is asked again: it has to say why it is busy before the probe is over. */
const patienceMs = deadlineMs / 2

/** Some checks have failed; what to do stands below each of them. */
export class DoctorFailed extends Data.TaggedError("DoctorFailed")<{ readonly message: string }> {}

/** What `odradek doctor` is told beside its settings. */
export interface DoctorFlags {
  readonly json: boolean
  readonly quiet: boolean
}

/** Examines what the settings name, tells what it finds as it goes on, and fails when a check has failed. */
export const runDoctor = Effect.fnUntraced(function* (
  settings: SettingsOf<typeof doctorSettings>,
  { json, quiet }: DoctorFlags
) {
  const { client = defaults.client, group, store: address, topics = [] } = settings
  const { stdout } = process
  const signs = stdout.isTTY && (process.env["NO_COLOR"] ?? "") === ""
  const style = { signs, colors: signs && stdout.hasColors() }
  const checks: Array<Check> = []
  const cluster = yield* clusterOf(settings)
  const log = yield* openLog(cluster)
  const store =
    address === undefined
      ? undefined
      : {
          address: shownAddress(address),
          isKept: isKeptStore(address),
          open: openStore(address, { readOnly: true, patienceMs })
        }
  const access = yield* openAccess(cluster)
  yield* withProgress({ silent: json || quiet }, (doing) =>
    examine({
      access,
      brokers: cluster.brokers,
      topics,
      group,
      log,
      store,
      needed: neededApis(client),
      batchBytes: defaultMaxBatchBytes,
      deadlineMs,
      watchMs,
      emit: (check) => {
        checks.push(check)
        return sayOut(json ? checkJson(check) : checkText(check, style))
      },
      doing: (what) => doing(waitingFor(what))
    })
  )
  yield* sayOut(json ? summaryJson(checks) : summaryText(checks))
  const { failed } = tally(checks)
  if (failed > 0) {
    const message = `${counted(failed, "check")} failed: do what stands below each, and run this again.`
    return yield* new DoctorFailed({ message })
  }
})
