import type { StoreHealth } from "../../../../core/ports/index.ts"
import { type Check, check } from "./Check.ts"
import { durationText } from "./Words.ts"

/** How a store has answered: between `askedAt` and `answeredAt`, by this machine's clock. */
export interface StoreFinding {
  readonly address: string
  readonly health: StoreHealth
  readonly askedAt: number
  readonly answeredAt: number
}

/** How far the store's clock may be from this machine's, in milliseconds. */
const tolerableSkewMs = 2000

/** Whether a store's tables are those that this program works with. */
export const storeCheck = ({ address, health: { schema } }: Pick<StoreFinding, "address" | "health">): Check => {
  const { fail, ok } = check("store", address)
  if (schema === undefined) return ok(`${address} is open`)
  const found = `${address} is open, its schema of version ${schema.version}`
  return schema.version === schema.expected
    ? ok(found)
    : fail(`${found}, and this program works with version ${schema.expected}`, "use the program that fits it")
}

/** Whether we may do in the store what replicators do there; who only reads does not need it. */
export const storeRightsCheck = ({
  address,
  health: { missingRights }
}: Pick<StoreFinding, "address" | "health">): Check => {
  const { ok, skip, warn } = check("rights", address)
  if (missingRights === undefined) return skip(`whether we may write to ${address} is known only by writing`)
  return missingRights.length === 0
    ? ok(`we may write to ${address}`)
    : warn(
        `we may read ${address} and not write all of it, which is right where nothing is replicated`,
        `grant ${missingRights.join(", ")}`
      )
}

const consequence = (address: string): string =>
  address.startsWith("cassandra:")
    ? "of two writes to the same row Cassandra keeps the one whose writer's clock is ahead"
    : "what expires is found by the clock of the machine that purges"

/**
 * How far the store's clock is from ours. Where within the time of the answer the clock was looked at is not known: that
 * much is taken off.
 */
export const storeClockChecks = ({
  address,
  answeredAt,
  askedAt,
  health: { now }
}: StoreFinding): ReadonlyArray<Check> => {
  if (now === undefined) return []
  const { ok, warn } = check("clock", address)
  const [ahead, behind] = [now - answeredAt, askedAt - now]
  const skew = Math.max(ahead, behind, 0)
  if (skew <= tolerableSkewMs) return [ok(`the clocks of ${address} and of this machine agree`)]
  const message = `the clock of ${address} is ${durationText(skew)} ${ahead > 0 ? "ahead of" : "behind"} this machine's`
  return [warn(`${message}: ${consequence(address)}`, "set the clocks of both by NTP")]
}
