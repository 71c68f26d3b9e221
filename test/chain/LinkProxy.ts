import { once } from "node:events"
import { connect, createServer } from "node:net"
import type { AddressInfo, Server, Socket } from "node:net"
import type { Prng } from "../../core/simulation/index.ts"

/**
 * What happens to what one node sends another.
 *
 * **Details**
 *
 * - `Open`: it arrives
 * - `Refused`: connections are reset, and no new one comes about
 * - `Silent`: half-open in both directions: connections stand, and nothing arrives
 * - `Deaf`: what the sender says does not arrive, what the other side says does
 * - `Mute`: what the sender says arrives, the answers do not
 * - `Held`: nothing arrives until the mode ends, and then all of it
 * - `Late`: each piece arrives `delayMs` later, in order
 * - `Crumbs`: it arrives in small pieces, some of them a little later
 *
 * What a mode has swallowed is lost with its connection: that one is reset for the sender when the mode ends, and stands
 * for the other side until it is given up there.
 */
export type LinkMode =
  | { readonly _tag: "Open" | "Refused" | "Silent" | "Deaf" | "Mute" | "Held" | "Crumbs" }
  | { readonly _tag: "Late"; readonly delayMs: number }

/**
 * Two sockets that belong together: `near` is the sender's, `far` that of the node it means. It is torn once something
 * that was said on it may have been swallowed.
 */
interface Pair {
  readonly near: Socket
  readonly far: Socket
  torn: boolean
}

type Mode = LinkMode["_tag"]

/** What is swallowed of what a sender says, and of what it is answered. */
const swallowed: readonly [forth: ReadonlyArray<Mode>, back: ReadonlyArray<Mode>] = [
  ["Silent", "Deaf"],
  ["Silent", "Mute"]
]

const isSwallowing = (mode: Mode): boolean => swallowed.some((modes) => modes.includes(mode))

const pieces = 24
const crumbDelayMs = 4

/** A loopback TCP proxy in front of one node, for one other node, whose link can be harmed. */
export class LinkProxy {
  readonly #server: Server
  readonly #random: Prng
  readonly #pairs = new Set<Pair>()
  readonly #dangling = new Set<Socket>()
  /** Connections that were made while nothing arrives at all. */
  readonly #unheard = new Set<Socket>()
  #mode: LinkMode = { _tag: "Open" }
  #target: number | undefined

  private constructor(server: Server, random: Prng) {
    this.#server = server
    this.#random = random
    server.on("connection", (near) => this.#accept(near))
  }

  static async open(random: Prng): Promise<LinkProxy> {
    const server = createServer({ noDelay: true }).listen(0, "127.0.0.1")
    await once(server, "listening")
    return new LinkProxy(server, random)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get mode(): LinkMode {
    return this.#mode
  }

  /** Where the node is from now on, as a port of this machine; `undefined` while it is nowhere. */
  target(port: number | undefined): void {
    this.#target = port
  }

  become(mode: LinkMode): void {
    this.#mode = mode
    for (const pair of this.#pairs) {
      if (isSwallowing(mode._tag)) pair.torn = true
      if (mode._tag === "Refused") this.#reset(pair)
      else if (isSwallowing(mode._tag)) for (const socket of [pair.near, pair.far]) socket.resume()
      else if (pair.torn) this.#leaveFar(pair)
      else if (mode._tag === "Held") for (const socket of [pair.near, pair.far]) socket.pause()
      else for (const socket of [pair.near, pair.far]) socket.resume()
    }
    for (const near of this.#unheard) near.destroy()
    this.#unheard.clear()
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close")
    this.#server.close()
    for (const { far, near } of this.#pairs) for (const socket of [near, far]) socket.destroy()
    for (const socket of [...this.#dangling, ...this.#unheard]) socket.destroy()
    await closed
  }

  #accept(near: Socket): void {
    near.on("error", () => undefined)
    const { _tag: mode } = this.#mode
    if (mode === "Silent") {
      this.#leaveNear(near)
      return
    }
    if (mode === "Refused" || this.#target === undefined) {
      near.resetAndDestroy()
      return
    }
    const far = connect({ host: "127.0.0.1", port: this.#target, noDelay: true })
    far.on("error", () => undefined)
    const pair: Pair = { near, far, torn: isSwallowing(mode) }
    this.#pairs.add(pair)
    this.#pass(pair, near, far, swallowed[0], () => this.#leaveFar(pair))
    this.#pass(pair, far, near, swallowed[1], () => {
      this.#pairs.delete(pair)
      this.#leaveNear(near)
    })
    if (mode === "Held") for (const socket of [near, far]) socket.pause()
  }

  /** Moves bytes from one side to the other as the mode of the moment says, which may swallow them, and the end too. */
  #pass(pair: Pair, from: Socket, to: Socket, swallowing: ReadonlyArray<Mode>, unheard: () => void): void {
    // Timers alone would not keep the order.
    const waiting: Array<{ readonly due: number; readonly chunk: Buffer }> = []
    let last = 0
    const release = (): void => {
      const now = performance.now()
      while (waiting[0] !== undefined && waiting[0].due <= now) this.#write(from, to, waiting.shift()!.chunk)
      if (waiting[0] !== undefined) setTimeout(release, Math.ceil(waiting[0].due - now))
    }
    const later = (chunk: Buffer, delayMs: number): void => {
      last = Math.max(last, performance.now() + delayMs)
      waiting.push({ due: last, chunk })
      if (waiting.length === 1) release()
    }
    from.on("data", (chunk: Buffer) => {
      const mode = this.#mode
      if (swallowing.includes(mode._tag)) return
      if (mode._tag === "Late") later(chunk, mode.delayMs)
      else if (mode._tag === "Crumbs") {
        const size = Math.max(1, Math.ceil(chunk.length / pieces))
        for (let at = 0; at < chunk.length; at += size) {
          later(chunk.subarray(at, at + size), this.#random.chance(30) ? this.#random.below(crumbDelayMs) : 0)
        }
      } else later(chunk, 0)
    })
    from.on("close", () => {
      if (!this.#pairs.has(pair)) return
      if (swallowing.includes(this.#mode._tag)) unheard()
      else setTimeout(() => this.#reset(pair), Math.max(0, Math.ceil(last - performance.now())))
    })
  }

  #write(from: Socket, to: Socket, chunk: Buffer): void {
    if (to.destroyed || to.write(chunk) || from.isPaused()) return
    from.pause()
    to.once("drain", () => this.#mode._tag !== "Held" && from.resume())
  }

  #reset(pair: Pair): void {
    this.#pairs.delete(pair)
    for (const socket of [pair.near, pair.far]) socket.destroy()
  }

  /** Ends a connection for who has sent, and lets the other side believe that it stands. */
  #leaveFar(pair: Pair): void {
    const { far, near } = pair
    this.#pairs.delete(pair)
    near.destroy()
    this.#dangling.add(far.removeAllListeners("data").resume())
    far.once("close", () => this.#dangling.delete(far))
  }

  /** Lets who has sent believe that a connection stands, as long as the mode lasts. */
  #leaveNear(near: Socket): void {
    this.#unheard.add(near.removeAllListeners("data").resume())
    near.once("close", () => this.#unheard.delete(near))
  }
}
