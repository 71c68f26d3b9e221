import { answer } from "../../../core/machine/index.ts"
import type { Machine } from "../../../core/machine/index.ts"
import { nothing, send, task } from "../../../core/simulation/index.ts"
import type { FaultKind, Meaning, MessageCodec, Node, Scenario } from "../../../core/simulation/index.ts"

/** What clients and the server say to each other; `ask` names one attempt of a client. */
export type LockMessage =
  | { readonly _tag: "Acquire"; readonly ask: number }
  | { readonly _tag: "Granted"; readonly ask: number }
  | { readonly _tag: "Refused"; readonly ask: number }

/** Who has the lock until when, by the server's clock. */
export interface Grant {
  readonly holder: string
  readonly until: number
  readonly ask: number
}

type ServerInput =
  | { readonly _tag: "Tick"; readonly now: number }
  | { readonly _tag: "Received"; readonly from: string; readonly message: LockMessage }
  | { readonly _tag: "Written"; readonly grant: Grant }
type ServerOutput =
  | { readonly _tag: "Write"; readonly grant: Grant }
  | { readonly _tag: "Reply"; readonly to: string; readonly message: LockMessage }

export interface ServerState {
  readonly now: number
  readonly grant: Grant | undefined
}

export type ServerMachine = Machine<ServerState, ServerInput, ServerOutput>

const leaseMs = 100

const granted = (grant: Grant): ServerOutput => ({
  _tag: "Reply",
  to: grant.holder,
  message: { _tag: "Granted", ask: grant.ask }
})

/** Gives a lock to one client at a time, and says so once its disk knows. */
export const server: ServerMachine = {
  wakeAt: () => undefined,
  step: (state, input) => {
    switch (input._tag) {
      case "Tick":
        return [{ ...state, now: input.now }, []]
      case "Written":
        return [state, [granted(input.grant)]]
      case "Received": {
        const { from, message } = input
        if (message._tag !== "Acquire") return [state, []]
        const { grant, now } = state
        if (grant !== undefined && grant.holder !== from && grant.until > now) {
          return [state, [{ _tag: "Reply", to: from, message: { _tag: "Refused", ask: message.ask } }]]
        }
        const next = { holder: from, until: now + leaseMs, ask: message.ask }
        return [{ ...state, grant: next }, [{ _tag: "Write", grant: next }]]
      }
    }
  }
}

/** A bug: it says that the lock is granted before its disk knows. */
export const hastyServer: ServerMachine = {
  wakeAt: server.wakeAt,
  step: (state, input) => {
    const [next, outputs] = server.step(state, input)
    if (input._tag === "Written") return [next, []]
    return [next, outputs.flatMap((one) => (one._tag === "Write" ? [granted(one.grant), one] : [one]))]
  }
}

/** A bug: it thinks that a lease ends when it was granted a second time. */
export const forgetfulServer: ServerMachine = {
  wakeAt: server.wakeAt,
  step: (state, input) => {
    const [next, outputs] = server.step(state, input)
    const { grant } = next
    if (grant === undefined || grant === state.grant || grant.holder !== state.grant?.holder) return [next, outputs]
    const shorter = { ...grant, until: state.grant.until }
    return [
      { ...next, grant: shorter },
      outputs.map((one) => (one._tag === "Write" ? { ...one, grant: shorter } : one))
    ]
  }
}

type ClientInput =
  | { readonly _tag: "Tick"; readonly now: number }
  | { readonly _tag: "Received"; readonly message: LockMessage }
  | { readonly _tag: "Want" }
type ClientOutput =
  | { readonly _tag: "Ask"; readonly message: LockMessage }
  | { readonly _tag: "Held"; readonly until: number }

export interface ClientState {
  readonly now: number
  readonly ask: number
  readonly askedAt: number
  readonly heldUntil: number
  /** When to ask again; `undefined` where the client does not want the lock. */
  readonly retryAt: number | undefined
}

const retryMs = 60

const asks = (state: ClientState): readonly [ClientState, ReadonlyArray<ClientOutput>] => {
  const ask = state.ask + 1
  return [
    { ...state, ask, askedAt: state.now, retryAt: state.now + retryMs },
    [{ _tag: "Ask", message: { _tag: "Acquire", ask } }]
  ]
}

/** Asks until it has the lock, and holds it for as long as the lease lasts, counted from when it asked. */
export const client: Machine<ClientState, ClientInput, ClientOutput> = {
  wakeAt: ({ retryAt }) => retryAt,
  step: (state, input) => {
    switch (input._tag) {
      case "Tick": {
        const next = { ...state, now: input.now }
        return state.retryAt !== undefined && state.retryAt <= input.now ? asks(next) : [next, []]
      }
      case "Want":
        return asks(state)
      case "Received": {
        if (input.message._tag !== "Granted" || input.message.ask !== state.ask) return [state, []]
        const heldUntil = state.askedAt + leaseMs
        return [{ ...state, heldUntil, retryAt: undefined }, [{ _tag: "Held", until: heldUntil }]]
      }
    }
  }
}

/** Bytes that say what a message says. */
const codec: MessageCodec<LockMessage> = {
  encode: ({ _tag, ask }) => Uint8Array.of(["Acquire", "Granted", "Refused"].indexOf(_tag), ask >> 8, ask & 255),
  decode: ([tag = 0, high = 0, low = 0]) => ({
    _tag: (["Acquire", "Granted", "Refused"] as const)[tag] ?? "Refused",
    ask: (high << 8) | low
  })
}

/** Faults that a lock with leases promises to withstand: any but those of clocks. */
export const withstood: ReadonlyArray<FaultKind> = [
  "crash",
  "crash the leader",
  "crash at an effect",
  "crash at an output",
  "pause",
  "halves",
  "one way",
  "isolate",
  "bridge",
  "ring",
  "swizzle",
  "slow",
  "loss",
  "duplicate",
  "reorder"
]

/** Clients that want a lock, a server that gives it, and a watch on who holds it. */
export const makeLock = (machine: ServerMachine = server, kinds: ReadonlyArray<FaultKind> = withstood): Scenario => ({
  name: "lock",
  knobs: {
    clients: [2, 3, 5],
    faults: [0, 20, 100, 400],
    loss: [0, 2, 20],
    latency: [1, 5, 40],
    writing: [1, 10],
    gap: [20, 5, 60]
  },
  seeds: 100,
  marks: { held: 300, crash: 20, cut: 20 },
  run: (simulation) => {
    const names = Array.from({ length: simulation.knob("clients") }, (_, at) => `c${at + 1}`)
    const clients: Array<Node<ClientState, ClientInput>> = []
    let disk: Grant | undefined
    let lives = 0
    simulation.network({ meanMs: simulation.knob("latency"), loss: simulation.knob("loss"), duplicate: 1, reorder: 1 })
    simulation.tasks({ meanMs: simulation.knob("writing") })

    simulation.node<ServerState, ServerInput, ServerOutput, LockMessage>({
      name: "server",
      codec,
      boot: (node) => ({
        machine,
        state: { now: node.now(), grant: disk },
        tick: (now) => ({ _tag: "Tick", now }),
        received: (from, message) => ({ _tag: "Received", from, message }),
        status: ({ grant }) => (grant === undefined ? "free" : `${grant.holder} until ${grant.until}`),
        perform: (output): Meaning<ServerInput> =>
          output._tag === "Reply"
            ? send(output.to, output.message)
            : task("disk", () => {
                disk = output.grant
                return { _tag: "Written", grant: output.grant }
              })
      })
    })
    const held = (name: string): void => {
      simulation.mark("held")
      const holders = clients.filter((one) => one.alive() && one.state().heldUntil > one.now())
      const others = holders.filter((one) => one.name !== name)
      if (holders.length > 1) simulation.fail("one holder", `${name} has the lock, and so has ${others[0]?.name}.`)
    }
    for (const name of names) {
      clients.push(
        simulation.node<ClientState, ClientInput, ClientOutput, LockMessage>({
          name,
          codec,
          boot: (node) => ({
            machine: client,
            state: { now: node.now(), ask: 1000 * lives++, askedAt: 0, heldUntil: 0, retryAt: undefined },
            tick: (now) => ({ _tag: "Tick", now }),
            received: (_, message) => ({ _tag: "Received", message }),
            status: ({ heldUntil, now }) => (heldUntil > now ? `holds until ${heldUntil}` : ""),
            perform: (output) => (output._tag === "Ask" ? send("server", output.message) : answer(() => held(name)))
          })
        })
      )
    }
    simulation.nemesis({ nodes: ["server", ...names], kinds, gapMs: simulation.knob("faults"), leader: () => "server" })
    simulation.run({ moves: 40, gapMs: simulation.knob("gap") }, [
      { name: "want", weight: 9, run: (random) => random.pick(clients).feed({ _tag: "Want" }) },
      { name: "look", weight: 1, run: () => nothing }
    ])
    const [first] = clients
    first?.feed({ _tag: "Want" })
    simulation.settle("a client that wants the lock gets it", () => first?.state().retryAt === undefined, {
      withinMs: 5000
    })
  }
})
