import { createServer } from "node:net"
import type { AddressInfo, Socket } from "node:net"
import * as Result from "effect/Result"
import { Reader } from "../../../core/bytes/index.ts"
import type { Address } from "../../../core/ports/index.ts"
import {
  ApiVersions,
  encodeResponse,
  ErrorCode,
  FrameSplitter,
  InitProducerId,
  Produce,
  SaslAuthenticate,
  SaslHandshake
} from "../../../core/protocol/index.ts"

const listed = [ApiVersions, SaslHandshake, SaslAuthenticate, InitProducerId, Produce]

/** A broker that lets everybody in for `sessionLifetimeMs`, and answers nothing beside. */
export interface SaslBroker {
  readonly address: Address
  /** All connections that were made to it so far. */
  readonly sockets: ReadonlyArray<Socket>
  /** While it is set, handshakes wait for an answer: `release` gives it. */
  isSlow: boolean
  /** Whether it lets nobody in any longer; it closes no connection by itself. */
  isClosed: boolean
  readonly release: () => void
  /** Until so many handshakes have come. */
  readonly handshakes: (count: number) => Promise<void>
  readonly close: () => Promise<void>
}

const answerTo = (frame: Uint8Array, sessionLifetimeMs: number, isClosed: boolean): Uint8Array => {
  const reader = new Reader(frame)
  const [apiKey, apiVersion, correlationId] = [reader.int16(), reader.int16(), reader.int32()]
  const header = { apiVersion, correlationId }
  const errorCode = isClosed && apiKey !== ApiVersions.apiKey ? ErrorCode.ILLEGAL_SASL_STATE : ErrorCode.NONE
  if (apiKey === SaslHandshake.apiKey) {
    return Result.getOrThrow(encodeResponse(SaslHandshake, header, { errorCode, mechanisms: ["PLAIN"] }))
  }
  if (apiKey === SaslAuthenticate.apiKey) {
    const body = { errorCode, authBytes: new Uint8Array(), sessionLifetimeMs }
    return Result.getOrThrow(encodeResponse(SaslAuthenticate, header, body))
  }
  const apiKeys = listed.map((message) => ({
    apiKey: message.apiKey,
    minVersion: message.advertised.min,
    maxVersion: message.advertised.max
  }))
  return Result.getOrThrow(encodeResponse(ApiVersions, header, { errorCode, apiKeys }))
}

/** Listens on a port of this machine. */
export const openSaslBroker = async (sessionLifetimeMs: number): Promise<SaslBroker> => {
  const sockets: Array<Socket> = []
  let held: Array<() => void> = []
  let count = 0
  let heard = (): void => {}
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket)
    const splitter = new FrameSplitter()
    socket.on("error", () => undefined)
    socket.on("data", (chunk) => {
      for (const frame of splitter.push(chunk).frames) {
        const send = () => socket.write(answerTo(frame, sessionLifetimeMs, broker.isClosed))
        const isHandshake = new Reader(frame).int16() === SaslHandshake.apiKey
        if (isHandshake && broker.isSlow) held.push(send)
        else send()
        if (isHandshake) {
          count++
          heard()
        }
      }
    })
  })
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening))
  const broker: SaslBroker = {
    address: { host: "127.0.0.1", port: (server.address() as AddressInfo).port },
    sockets,
    isSlow: false,
    isClosed: false,
    release: () => {
      for (const send of held) send()
      held = []
    },
    handshakes: (wanted) =>
      new Promise((done) => {
        heard = () => {
          if (count >= wanted) done()
        }
        heard()
      }),
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((closed) => server.close(closed))
    }
  }
  return broker
}
