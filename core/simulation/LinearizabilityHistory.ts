/**
 * One operation of a client, as seen from outside.
 *
 * **Details**
 *
 * `invoked` and `ended.at` are moments on one clock that every client of the history is read from. Operations that touch
 * at the same moment count as overlapping. Without `ended` the outcome is unknown: the operation may have happened at any
 * moment after `invoked`, or never. An operation that certainly did not happen is no part of a history.
 */
export interface Operation<Request, Response> {
  readonly client: string
  readonly request: Request
  readonly invoked: number
  readonly ended?: { readonly at: number; readonly response: Response } | undefined
}

interface Recorded<Request, Response> {
  readonly client: string
  readonly request: Request
  readonly invoked: number
  ended: { readonly at: number; readonly response: Response } | undefined
  refused: boolean
}

/**
 * Records a history while it happens.
 *
 * **When to use**
 *
 * Wherever one observer sees all clients: a simulation, or a test process with many connections. Its moments are a count
 * of what it was told, so that no two events share one, as they do on a clock of milliseconds.
 *
 * **Details**
 *
 * `invoked` gives the operation's id for what follows: `ended` with its response, `refused` when it certainly did not
 * happen. An operation of which nothing more is told (timed out, connection lost, node crashed) stays unknown.
 */
export class HistoryRecorder<Request, Response> {
  private readonly operations: Array<Recorded<Request, Response>> = []
  private moment = 0

  invoked(client: string, request: Request): number {
    this.operations.push({ client, request, invoked: ++this.moment, ended: undefined, refused: false })
    return this.operations.length - 1
  }

  ended(operation: number, response: Response): void {
    this.open(operation).ended = { at: ++this.moment, response }
  }

  refused(operation: number): void {
    this.open(operation).refused = true
  }

  history(): ReadonlyArray<Operation<Request, Response>> {
    return this.operations
      .filter(({ refused }) => !refused)
      .map(({ client, ended, invoked, request }) => ({ client, request, invoked, ended }))
  }

  private open(operation: number): Recorded<Request, Response> {
    const recorded = this.operations[operation]
    if (recorded !== undefined && recorded.ended === undefined && !recorded.refused) return recorded
    throw new RangeError(`Operation ${operation} is not under way; tell of its beginning first, and of its end once.`)
  }
}
