import { isFirst, remember, remembered, valuesOf } from "./Event.ts"
import type { Event } from "./Event.ts"

interface Context {
  readonly awsRequestId: string
  readonly functionName: string
  readonly getRemainingTimeInMillis: () => number
}

const done = (event: Event): void => {
  for (const { place, value } of valuesOf(event)) remember(`${place} ${value}`)
}

/** Takes everything. */
export const quiet = async (): Promise<void> => undefined

/** Does everything. */
export const handler = async (event: Event): Promise<void> => done(event)

/** Ends its process the first time, before it has done anything. */
export const exits = async (event: Event): Promise<void> => {
  if (isFirst("exits")) process.exit(7)
  done(event)
}

/** Is killed the first time, half done. */
export const killed = async (event: Event): Promise<void> => {
  if (isFirst("killed")) process.kill(process.pid, "SIGKILL")
  done(event)
}

/** Never lets go of its thread the first time, so that only a kill ends it. */
export const spins = async (event: Event, { getRemainingTimeInMillis }: Context): Promise<void> => {
  if (isFirst("spins")) {
    remember(`has ${getRemainingTimeInMillis() > 0 && getRemainingTimeInMillis() <= 1000 ? "at most a second" : "?"}`)
    while (true) continue
  }
  done(event)
}

/** Does one record each time, and says at which to go on. */
export const partly = async (event: Event) => {
  const [[name, [first, second] = []] = ["", []]] = Object.entries(event.records)
  if (first !== undefined) remember(`${name}:${first.offset}`)
  if (second === undefined) return { batchItemFailures: [] }
  return { batchItemFailures: [{ itemIdentifier: { partition: name, offset: second.offset } }] }
}

/** Answers with a place that its event does not have, the first time. */
export const answersWrongly = async (event: Event) => {
  if (!isFirst("answer")) return done(event)
  return { batchItemFailures: [{ itemIdentifier: { partition: "elsewhere-0", offset: 1 } }] }
}

/** Answers with what is no JSON, the first time. */
export const answersNoJson = async (event: Event) => (isFirst("json") ? { count: 10n } : done(event))

/** Throws at each event that has a poisoned record. */
export const throws = async (event: Event): Promise<void> => {
  if (valuesOf(event).some(({ value }) => value === "poison")) throw new TypeError("poisoned")
  done(event)
}

/** Remembers what it knows of its surroundings. */
export const looks = async (_: Event, context: Context): Promise<void> => {
  const { AWS_LAMBDA_FUNCTION_NAME, GREETING, ODRADEK_PASSWORD, _HANDLER } = process.env
  remember(JSON.stringify({ AWS_LAMBDA_FUNCTION_NAME, GREETING, _HANDLER, ODRADEK_PASSWORD }))
  remember(`${context.functionName} ${context.awsRequestId.length}`)
}

/** Tells which process it is, and never lets go of its thread. */
export const lingers = async (): Promise<void> => {
  remember(`${process.pid}`)
  while (true) continue
}

/** Takes its time. */
export const slow = async (event: Event): Promise<void> => {
  remember("begins")
  await new Promise((resolve) => setTimeout(resolve, 500))
  done(event)
}

/** Begins with the first record, and goes on when another one has begun with it, too. */
export const overlaps = async (event: Event): Promise<void> => {
  const isWaiting = valuesOf(event).some(({ value }) => value === "v0")
  if (isWaiting) remember("begins")
  while (isWaiting && remembered().filter((line) => line === "begins").length < 2) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  done(event)
}

/** What Node's runtime has had before. */
export const callback = (_: Event, __: Context, ended: () => void): void => ended()

export const noFunction = 1
