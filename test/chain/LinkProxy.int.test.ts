import { once } from "node:events"
import { connect, createServer } from "node:net"
import type { AddressInfo, Server, Socket } from "node:net"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { makePrng } from "../../core/simulation/index.ts"
import { LinkProxy } from "./LinkProxy.ts"

/** A node that answers every `x` with an `o`, and what it has heard. */
interface Echo {
  readonly server: Server
  readonly sockets: Array<Socket>
  heard: string
}

/** A connection of the sender's, and what it has heard. */
interface Sender {
  readonly socket: Socket
  heard: string
}

let echo: Echo
let proxy: LinkProxy
const senders: Array<Sender> = []

beforeEach(async () => {
  const made: Echo = { server: createServer(), sockets: [], heard: "" }
  made.server.on("connection", (socket) => {
    made.sockets.push(socket)
    socket.on("error", () => undefined)
    socket.on("data", (chunk) => {
      made.heard += chunk.toString()
      if (chunk.includes("x")) socket.write("o")
    })
  })
  made.server.listen(0, "127.0.0.1")
  await once(made.server, "listening")
  echo = made
  proxy = await LinkProxy.open(makePrng(1))
  proxy.target((made.server.address() as AddressInfo).port)
})

afterEach(async () => {
  for (const { socket } of senders.splice(0)) socket.destroy()
  await proxy.close()
  for (const socket of echo.sockets) socket.destroy()
  echo.server.close()
})

const dial = (): Sender => {
  const sender: Sender = { socket: connect(proxy.port, "127.0.0.1"), heard: "" }
  sender.socket.on("error", () => undefined)
  sender.socket.on("data", (chunk) => (sender.heard += chunk.toString()))
  senders.push(sender)
  return sender
}

/** Another connection's word there and back: whatever was to arrive before it has. */
const roundTrip = async (): Promise<void> => {
  const sender = dial()
  sender.socket.write("x")
  await expect.poll(() => sender.heard).toBe("o")
}

const greeted = async (): Promise<Sender> => {
  const sender = dial()
  sender.socket.write("x")
  await expect.poll(() => sender.heard).toBe("o")
  return sender
}

describe("a proxy between two nodes", () => {
  it("passes everything on while it is open, in both directions", async () => {
    const sender = await greeted()
    sender.socket.write("abc")
    await expect.poll(() => echo.heard).toBe("xabc")
  })

  it("passes an end on while it is open", async () => {
    const sender = await greeted()
    const closed = once(echo.sockets[0]!, "close")
    sender.socket.destroy()
    await closed
  })

  it("resets what there is, and what comes, while it refuses", async () => {
    const sender = await greeted()
    proxy.become({ _tag: "Refused" })
    await expect.poll(() => sender.socket.destroyed).toBe(true)
    const other = dial()
    await expect.poll(() => other.socket.destroyed).toBe(true)
    proxy.become({ _tag: "Open" })
    await roundTrip()
  })

  it("resets what comes while the node is nowhere", async () => {
    proxy.target(undefined)
    const sender = dial()
    await expect.poll(() => sender.socket.destroyed).toBe(true)
  })

  it("is silent with connections that stand, which end for the sender alone when it is open again", async () => {
    const sender = await greeted()
    proxy.become({ _tag: "Silent" })
    const other = dial()
    await once(other.socket, "connect")
    sender.socket.write("lost")
    echo.sockets[0]!.write("lost")
    await expect.poll(() => sender.socket.bytesWritten).toBe(5)
    expect(other.socket.destroyed).toBe(false)
    proxy.become({ _tag: "Open" })
    await expect.poll(() => [sender, other].map(({ socket }) => socket.destroyed)).toEqual([true, true])
    await roundTrip()
    expect(echo.sockets[0]!.destroyed).toBe(false)
    expect([echo.heard, sender.heard]).toEqual(["xx", "o"])
  })

  it("keeps what the sender says from the other side while that is deaf, but not its answers", async () => {
    const sender = await greeted()
    proxy.become({ _tag: "Deaf" })
    sender.socket.write("lost")
    echo.sockets[0]!.write("!")
    await expect.poll(() => sender.heard).toBe("o!")
    expect(echo.heard).toBe("x")
  })

  it("keeps the answers from the sender while they are mute, but not what it says", async () => {
    const sender = await greeted()
    proxy.become({ _tag: "Mute" })
    sender.socket.write("x")
    await expect.poll(() => echo.heard).toBe("xx")
    proxy.become({ _tag: "Open" })
    await expect.poll(() => sender.socket.destroyed).toBe(true)
    expect(sender.heard).toBe("o")
  })

  it("holds everything, also of new connections, and lets it go when it is open again", async () => {
    const sender = await greeted()
    proxy.become({ _tag: "Held" })
    const other = dial()
    sender.socket.write("a")
    other.socket.write("b")
    await expect.poll(() => other.socket.bytesWritten).toBe(1)
    expect(echo.heard).toBe("x")
    proxy.become({ _tag: "Open" })
    await expect.poll(() => [...echo.heard].toSorted().join("")).toBe("abx")
  })

  it("passes everything on later, in order", async () => {
    const sender = await greeted()
    proxy.become({ _tag: "Late", delayMs: 60 })
    const began = performance.now()
    sender.socket.write("ab")
    proxy.become({ _tag: "Late", delayMs: 60 })
    await expect.poll(() => echo.heard, { interval: 5 }).toBe("xab")
    expect(performance.now() - began).toBeGreaterThan(55)
  })

  it("passes everything on in crumbs, in order", async () => {
    const sender = await greeted()
    proxy.become({ _tag: "Crumbs" })
    const text = Array.from({ length: 500 }, (_, at) => `${at},`).join("")
    sender.socket.write(text)
    await expect.poll(() => echo.heard).toBe(`x${text}`)
  })
})
