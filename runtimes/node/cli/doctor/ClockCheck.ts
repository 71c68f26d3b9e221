import { type Check, check } from "./Check.ts"
import { durationText } from "./Words.ts"

/** How far the clocks of two machines may be apart, in milliseconds. */
const tolerableSkewMs = 2000

/** Whether records come from the future; `newest` are the time stamps of the last record of each partition that has one. */
export const clockCheck = (topic: string, newest: ReadonlyArray<number>, now: number): Check => {
  const { ok, skip, warn } = check("clock", topic)
  const known = newest.filter((timestamp) => timestamp >= 0)
  if (known.length === 0) return skip(`${topic} has no record whose time could be compared`)
  const ahead = Math.max(...known) - now
  return ahead > tolerableSkewMs
    ? warn(
        `the newest record of ${topic} is from ${durationText(ahead)} ahead of this machine's clock`,
        "set the clocks of this machine and of the writers by NTP"
      )
    : ok(`no record of ${topic} is from the future`)
}
