import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { joinedBytes } from "../../bytes/index.ts"
import type { Address, Connection, Network, NetworkError } from "../index.ts"
import type { ContractCase } from "./ContractCase.ts"
import { expectEqual, expectFailure } from "./ContractViolation.ts"

/** What the cases work on: a network, and an address on which anybody may listen, with port 0. */
export interface NetworkSubject {
  readonly network: Network
  readonly address: Address
}

const timeoutMs = 5_000

/** More than any adapter and any system hold back for a reader that does not read. */
const flood = 64 * 1024 * 1024

/** How long a write that must not complete is watched. */
const patienceMs = 300

const pattern = (length: number): Uint8Array => {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >>> 8)) & 0xff
  return bytes
}

/** Everything until the other side ends, or until `length` bytes are there. */
const readBytes = Effect.fnUntraced(function* (connection: Connection, length = Infinity) {
  const chunks: Array<Uint8Array> = []
  let count = 0
  while (count < length) {
    const chunk = yield* connection.read
    if (chunk === undefined) break
    chunks.push(chunk)
    count += chunk.length
  }
  return joinedBytes(chunks)
})

/** Sends back whatever comes, until the other side ends. */
const echo = (connection: Connection): Effect.Effect<void, NetworkError> =>
  Effect.flatMap(connection.read, (chunk) =>
    chunk === undefined ? Effect.void : Effect.andThen(connection.write([chunk]), echo(connection))
  )

/** Hands the first connection over to the test, and keeps it open until the test ends. */
const listenForOne = Effect.fnUntraced(function* ({ address, network }: NetworkSubject) {
  const accepted = yield* Deferred.make<Connection>()
  const bound = yield* network.listen(address, (connection) =>
    Effect.andThen(Deferred.succeed(accepted, connection), Effect.never)
  )
  return { bound, accepted: Deferred.await(accepted) }
})

const connect = ({ network }: NetworkSubject, address: Address) => network.connect({ address, timeoutMs })

const cases: ReadonlyArray<{
  readonly name: string
  readonly check: (subject: NetworkSubject) => Effect.Effect<void, unknown, Scope.Scope>
}> = [
  {
    name: "port 0 takes a free port, and a connection to it arrives",
    check: Effect.fnUntraced(function* (subject) {
      const { accepted, bound } = yield* listenForOne(subject)
      const client = yield* connect(subject, bound)
      const server = yield* accepted
      yield* expectEqual("whether the port is known", bound.port > 0, true)
      yield* expectEqual("the port that the client reached", client.remote.port, bound.port)
      yield* expectEqual("the server's own port", server.local.port, bound.port)
      yield* expectEqual("the client's port as the server sees it", server.remote.port, client.local.port)
    })
  },
  {
    name: "bytes arrive complete and in order, whatever the sizes in which they were written",
    check: Effect.fnUntraced(function* (subject) {
      const { accepted, bound } = yield* listenForOne(subject)
      const client = yield* connect(subject, bound)
      const server = yield* accepted
      const sent = pattern(1_000_000)
      const sizes = [1, 0, 7, 4096, 65_536, 65_537, 300_000]
      const writing = yield* Effect.forkChild(
        Effect.gen(function* () {
          let at = 0
          for (let i = 0; at < sent.length; i++) {
            const middle = at + (sizes[i % sizes.length] ?? 1)
            const end = middle + (sizes[(i + 3) % sizes.length] ?? 1)
            yield* client.write([sent.subarray(at, middle), sent.subarray(middle, end)])
            at = end
          }
        })
      )
      const received = yield* readBytes(server, sent.length)
      yield* Fiber.join(writing)
      yield* expectEqual("the number of bytes", received.length, sent.length)
      yield* expectEqual(
        "the first byte that differs",
        received.findIndex((byte, i) => byte !== sent[i]),
        -1
      )
    })
  },
  {
    name: "a chunk may be reused once its write has ended",
    check: Effect.fnUntraced(function* (subject) {
      const { accepted, bound } = yield* listenForOne(subject)
      const client = yield* connect(subject, bound)
      const server = yield* accepted
      const chunk = new Uint8Array(1)
      for (let i = 1; i <= 5; i++) {
        chunk[0] = i
        yield* client.write([chunk])
      }
      chunk[0] = 99
      yield* expectEqual("the bytes", yield* readBytes(server, 5), new Uint8Array([1, 2, 3, 4, 5]))
    })
  },
  {
    name: "both directions flow at the same time",
    check: Effect.fnUntraced(function* (subject) {
      const bound = yield* subject.network.listen(subject.address, (connection) => Effect.ignore(echo(connection)))
      const client = yield* connect(subject, bound)
      const sent = pattern(2_000_000)
      const writing = yield* Effect.forkChild(client.write([sent]))
      const received = yield* readBytes(client, sent.length)
      yield* Fiber.join(writing)
      yield* expectEqual("the number of bytes that came back", received.length, sent.length)
    })
  },
  {
    name: "a connection ends when its handler ends, after what it wrote",
    check: Effect.fnUntraced(function* (subject) {
      const bound = yield* subject.network.listen(subject.address, (connection) =>
        Effect.ignore(connection.write([pattern(100_000)]))
      )
      const client = yield* connect(subject, bound)
      yield* expectEqual("the number of bytes before the end", (yield* readBytes(client)).length, 100_000)
    })
  },
  {
    name: "the other side reads the end when the scope of a connection closes",
    check: Effect.fnUntraced(function* (subject) {
      const { accepted, bound } = yield* listenForOne(subject)
      const scope = yield* Scope.make()
      const client = yield* Scope.provide(connect(subject, bound), scope)
      const server = yield* accepted
      yield* client.write([pattern(10)])
      yield* Scope.close(scope, Exit.void)
      yield* expectEqual("the bytes before the end", yield* readBytes(server), pattern(10))
      yield* expectEqual("what is read after the end", yield* server.read, undefined)
    })
  },
  {
    name: "writing to a side that has gone fails with Closed",
    check: Effect.fnUntraced(function* (subject) {
      const { accepted, bound } = yield* listenForOne(subject)
      const scope = yield* Scope.make()
      yield* Scope.provide(connect(subject, bound), scope)
      const server = yield* accepted
      yield* Scope.close(scope, Exit.void)
      yield* server.read
      const writing = Effect.forever(Effect.andThen(server.write([pattern(65_536)]), Effect.sleep(1)))
      yield* expectFailure("writing", "Closed", writing)
    })
  },
  {
    name: "a write waits while the other side does not read",
    check: Effect.fnUntraced(function* (subject) {
      const { accepted, bound } = yield* listenForOne(subject)
      const client = yield* connect(subject, bound)
      const server = yield* accepted
      const chunk = pattern(1024 * 1024)
      const writing = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: flood / chunk.length }), () => client.write([chunk]), { discard: true })
      )
      yield* Effect.sleep(patienceMs)
      yield* expectEqual("whether the writer still waits", writing.pollUnsafe() === undefined, true)
      yield* expectEqual("the number of bytes in the end", (yield* readBytes(server, flood)).length, flood)
      yield* Fiber.join(writing)
    })
  },
  {
    name: "a read that was interrupted loses no bytes",
    check: Effect.fnUntraced(function* (subject) {
      const { accepted, bound } = yield* listenForOne(subject)
      const client = yield* connect(subject, bound)
      const server = yield* accepted
      const reading = yield* Effect.forkChild(server.read, { startImmediately: true })
      yield* Fiber.interrupt(reading)
      yield* client.write([pattern(1000)])
      yield* expectEqual("the bytes", yield* readBytes(server, 1000), pattern(1000))
    })
  },
  {
    name: "connecting where nobody listens is Refused",
    check: Effect.fnUntraced(function* (subject) {
      const scope = yield* Scope.make()
      const bound = yield* Scope.provide(
        subject.network.listen(subject.address, () => Effect.void),
        scope
      )
      yield* Scope.close(scope, Exit.void)
      yield* expectFailure("connecting", "Refused", connect(subject, bound))
    })
  },
  {
    name: "listening on a port that is taken is InUse",
    check: Effect.fnUntraced(function* (subject) {
      const bound = yield* subject.network.listen(subject.address, () => Effect.void)
      yield* expectFailure(
        "listening",
        "InUse",
        subject.network.listen(bound, () => Effect.void)
      )
    })
  },
  {
    name: "closing a listener ends its connections and waits for their handlers",
    check: Effect.fnUntraced(function* (subject) {
      const scope = yield* Scope.make()
      const started = yield* Deferred.make<void>()
      let ended = false
      const bound = yield* Scope.provide(
        subject.network.listen(subject.address, () =>
          Effect.andThen(Deferred.succeed(started, undefined), Effect.never).pipe(
            Effect.ensuring(
              Effect.andThen(
                Effect.sleep(10),
                Effect.sync(() => {
                  ended = true
                })
              )
            )
          )
        ),
        scope
      )
      const client = yield* connect(subject, bound)
      yield* Deferred.await(started)
      yield* Scope.close(scope, Exit.void)
      yield* expectEqual("whether the handler had ended", ended, true)
      yield* expectEqual("what the client reads", yield* client.read, undefined)
    })
  },
  {
    name: "a port is free again once its listener has closed",
    check: Effect.fnUntraced(function* (subject) {
      const scope = yield* Scope.make()
      const bound = yield* Scope.provide(
        subject.network.listen(subject.address, () => Effect.void),
        scope
      )
      yield* Scope.close(scope, Exit.void)
      const again = yield* subject.network.listen(bound, () => Effect.void)
      yield* expectEqual("the port", again.port, bound.port)
    })
  }
]

/**
 * The contract of the `Network` port, for an adapter's tests.
 *
 * **Details**
 *
 * `make` gives a network and an address to listen on; it is run anew for each case, in the case's scope.
 */
export const networkContract = <E>(make: Effect.Effect<NetworkSubject, E, Scope.Scope>): ReadonlyArray<ContractCase> =>
  cases.map(({ check, name }) => ({ name, run: Effect.flatMap(make, check) }))
