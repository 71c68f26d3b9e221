import { createRequire } from "node:module"
import type * as Lz4 from "lz4-napi"
import type * as Snappy from "snappy"
import { CodecMissing, type CompressionCodec } from "../../core/log/index.ts"

const require = createRequire(import.meta.url)

const firstLine = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).split("\n", 1)[0]!

/** Loads a package when it is first needed: most processes meet no batch that needs it. */
const onFirstUse = <A>(codec: CompressionCodec, name: string, load: () => A): (() => A) => {
  let found: A | undefined
  return () => {
    try {
      return (found ??= load())
    } catch (cause) {
      const detail = `The package ${name} cannot be loaded: install it with \`npm install ${name}\`, do not omit the optional dependencies that its binaries are in, and give Deno --allow-ffi (${firstLine(cause)}).`
      throw new CodecMissing({ codec, detail, cause })
    }
  }
}

/** The codec for LZ4; throws `CodecMissing` where its package is not installed, or has no binary for this platform. */
export const lz4 = onFirstUse("lz4", "lz4-napi", (): typeof Lz4 => require("lz4-napi"))

/** The codec for snappy; throws `CodecMissing` where its package is not installed, or has no binary for this platform. */
export const snappy = onFirstUse("snappy", "snappy", (): typeof Snappy => require("snappy"))
