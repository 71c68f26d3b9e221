import { createRequire } from "node:module"

// kafkajs knows the older versions and serves as a second opinion on their bytes.

interface KafkajsProtocol {
  readonly request: { readonly apiKey: number; readonly apiVersion: number }
  readonly response: { readonly decode: (bytes: Buffer) => Promise<unknown> }
}
interface KafkajsApi {
  readonly versions: ReadonlyArray<string>
  readonly protocol: (options: { readonly version: number }) => (args: object) => KafkajsProtocol
}

const require = createRequire(import.meta.url)

/** A request of kafkajs as a whole frame. */
export const frameOf: (
  request: object
) => Promise<{ readonly buffer: Buffer }> = require("kafkajs/src/protocol/request.js")

/** What kafkajs knows of the API in that folder of its sources. */
export const versionsOf = (folder: string): KafkajsApi => require(`kafkajs/src/protocol/requests/${folder}/index.js`)

/** Bytes that no protocol looks into. */
export const metadata = Buffer.from([1, 2, 3])
