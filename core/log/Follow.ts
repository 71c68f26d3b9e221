import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { answer, drive, request } from "../machine/index.ts"
import type { Answer, Driver, Request } from "../machine/index.ts"
import * as Follower from "./Follower.ts"

/**
 * What to follow.
 *
 * **Details**
 *
 * `read` gives the page at an offset. Where it fails, `isRetriable` tells whether another read may succeed; otherwise
 * the stream fails. A read that has not ended after `deadlineMs` milliseconds is tried again like a failed one.
 */
export interface FollowOptions<Page extends Follower.FollowedPage, E> extends Follower.FollowerConfig {
  readonly read: (offset: number) => Effect.Effect<Page, E>
  readonly isRetriable: (error: E) => boolean
  readonly deadlineMs: number
}

type Input<Page extends Follower.FollowedPage> = Follower.FollowerInput<Page>

/** The pages of one partition as a stream, which ends at `end` or never; see `Follower` for the rules. */
export const follow = <Page extends Follower.FollowedPage, E>(
  options: FollowOptions<Page, E>
): Stream.Stream<Page, E> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const { deadlineMs, isRetriable, read } = options
      /** The end of the stream by a read that cannot succeed; it comes after the pages that were read before. */
      let failure: Effect.Effect<never, E> | undefined
      let waiting: Deferred.Deferred<readonly [Page], E | Cause.Done> | undefined

      const failedRead: Input<Page> = { _tag: "ReadFailed" }
      const readPage = (offset: number): Effect.Effect<Input<Page>> =>
        Effect.match(read(offset), {
          onSuccess: (page): Input<Page> => ({ _tag: "Read", page }),
          onFailure: (error) => {
            if (!isRetriable(error)) {
              failure = Effect.fail(error)
              if (driver.state().buffered.length === 0) settle(failure)
            }
            return failedRead
          }
        })
      const settle = (effect: Effect.Effect<readonly [Page], E | Cause.Done>) => {
        const pulled = waiting
        waiting = undefined
        if (pulled !== undefined) Deferred.doneUnsafe(pulled, effect)
      }
      const driver: Driver<Follower.FollowerState<Page>, Input<Page>> = yield* drive({
        machine: { step: Follower.step<Page>, wakeAt: Follower.wakeAt<Page> },
        state: Follower.start<Page>(options),
        tick: (now): Input<Page> => ({ _tag: "Tick", now }),
        perform: (output: Follower.FollowerOutput<Page>): Answer | Request<Input<Page>> => {
          switch (output._tag) {
            case "ReadFrom":
              return request(undefined, deadlineMs, readPage(output.offset), () => failedRead)
            case "Page":
              return answer(() => settle(Effect.succeed([output.page])))
            case "End":
              return answer(() => settle(Cause.done()))
          }
        }
      })
      const pull = Effect.suspend(() => {
        if (failure !== undefined && driver.state().buffered.length === 0) return failure
        const next = Deferred.makeUnsafe<readonly [Page], E | Cause.Done>()
        waiting = next
        return Effect.andThen(driver.offer({ _tag: "Take" }), Effect.raceFirst(Deferred.await(next), driver.join))
      })
      return Stream.fromPull(Effect.succeed(pull))
    })
  )
