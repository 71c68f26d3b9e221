import { connect } from "node:net"
import { host } from "../Service.ts"

/** How two sides speak: in frames, each answered by the next thing to say. */
export interface Conversation {
  readonly first: Buffer
  /** The size of the frame that begins here, its header included; nothing as long as that cannot be told. */
  readonly sizeOf: (received: Buffer) => number | undefined
  /** What is said to a frame; nothing when all has been said. Throws at a refusal. */
  readonly answer: (frame: Buffer) => Buffer | undefined
}

/** Connects to a port of this machine, has a conversation, and leaves; fails unless it comes to its end in time. */
export const converse = (port: number, { answer, first, sizeOf }: Conversation): Promise<void> =>
  new Promise((settle, fail) => {
    const socket = connect({ host, port, timeout: 5000 })
    const end = (error: unknown): void => {
      socket.destroy()
      fail(error)
    }
    socket.on("connect", () => socket.write(first))
    socket.on("error", end)
    socket.on("timeout", () => end(new Error(`Port ${port} does not answer.`)))
    socket.on("close", () => end(new Error(`Port ${port} has closed the connection.`)))
    let received = Buffer.alloc(0)
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk])
      const size = sizeOf(received)
      if (size === undefined || received.length < size) return
      const frame = received.subarray(0, size)
      received = received.subarray(size)
      try {
        const next = answer(frame)
        if (next !== undefined) return void socket.write(next)
        settle()
        socket.destroy()
      } catch (error) {
        end(error)
      }
    })
  })
