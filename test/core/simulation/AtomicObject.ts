import { makePrng } from "../../../core/simulation/Prng.ts"
import type { Prng } from "../../../core/simulation/Prng.ts"
import { HistoryRecorder } from "../../../core/simulation/LinearizabilityHistory.ts"
import type { Operation } from "../../../core/simulation/LinearizabilityHistory.ts"

/** What the clients of an atomic object do; the object changes and answers at one moment. */
export interface Play<Request, Response> {
  readonly seed: number
  readonly clients: number
  readonly operations: number
  /** How many of a hundred operations never hear of their outcome, and happen or not. */
  readonly unknown: number
  readonly request: (random: Prng) => Request
  readonly apply: (request: Request) => Response
}

interface UnderWay<Request, Response> {
  readonly id: number
  readonly request: Request
  response: Response | undefined
  applied: boolean
}

/** A history of an object that does one operation at a time: linearizable by construction. */
export const playAtomicObject = <Request, Response>(
  play: Play<Request, Response>
): ReadonlyArray<Operation<Request, Response>> => {
  const random = makePrng(play.seed)
  const recorder = new HistoryRecorder<Request, Response>()
  const underWay: Array<UnderWay<Request, Response> | undefined> = Array.from({ length: play.clients }, () => undefined)
  const late: Array<Request> = []
  for (let begun = 0; begun < play.operations || underWay.some((one) => one !== undefined);) {
    const client = random.below(play.clients)
    const one = underWay[client]
    if (late.length > 0 && random.chance(10)) play.apply(late.pop() as Request)
    if (one === undefined) {
      if (begun++ >= play.operations) continue
      const request = play.request(random)
      const id = recorder.invoked(`c${client}`, request)
      underWay[client] = { id, request, response: undefined, applied: false }
    } else if (!one.applied && random.chance(play.unknown)) {
      if (random.chance(50)) late.push(one.request)
      underWay[client] = undefined
    } else if (one.applied) {
      recorder.ended(one.id, one.response as Response)
      underWay[client] = undefined
    } else {
      one.response = play.apply(one.request)
      one.applied = true
    }
  }
  return recorder.history()
}
