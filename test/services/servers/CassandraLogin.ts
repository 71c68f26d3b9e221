import type { Login } from "../Service.ts"
import { converse } from "./Conversation.ts"

/** Operations of the native protocol, version 4. */
const opcodes = { STARTUP: 0x01, AUTHENTICATE: 0x03, AUTH_RESPONSE: 0x0f, AUTH_SUCCESS: 0x10 }

const headerSize = 9

/** One frame: version, flags, stream (two bytes), operation and length, then the body. */
const frame = (opcode: number, body: Buffer): Buffer => {
  const header = Buffer.from([4, 0, 0, 0, opcode, 0, 0, 0, 0])
  header.writeUInt32BE(body.length, 5)
  return Buffer.concat([header, body])
}

/** A text behind its length of two bytes. */
const text = (value: string): Buffer => Buffer.concat([Buffer.from([0, Buffer.byteLength(value)]), Buffer.from(value)])

const startup = frame(opcodes.STARTUP, Buffer.concat([Buffer.from([0, 1]), text("CQL_VERSION"), text("3.0.0")]))

/** The token of SASL's PLAIN, behind its length of four bytes. */
const response = ({ password, username }: Login): Buffer => {
  const token = text(`\0${username}\0${password}`)
  return frame(opcodes.AUTH_RESPONSE, Buffer.concat([Buffer.alloc(2), token]))
}

/** Logs in to a node over its native protocol, and leaves again; fails unless it lets the user in. */
export const logIn = (port: number, login: Login): Promise<void> =>
  converse(port, {
    first: startup,
    sizeOf: (received) => (received.length < headerSize ? undefined : headerSize + received.readUInt32BE(5)),
    answer: (said) => {
      if (said[4] === opcodes.AUTHENTICATE) return response(login)
      if (said[4] === opcodes.AUTH_SUCCESS) return undefined
      // An error: its code of four bytes, and a text behind its length.
      throw new Error(`The node refuses: ${said.subarray(headerSize + 6).toString()}`)
    }
  })
