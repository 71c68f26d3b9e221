import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { certificatesIn } from "../services/Certificates.ts"
import { folderOf } from "../services/Folder.ts"
import { kafka } from "../services/servers/Kafka.ts"
import { OwnServer } from "./OwnServer.ts"

/** A Kafka that may go down, since nobody else uses it. */
export interface OwnKafka extends AsyncDisposable {
  readonly brokers: ReadonlyArray<string>
  readonly server: OwnServer<"kafka">
}

/** Starts a Kafka of one's own, in a folder that is removed in the end; its program is the one that all share. */
export const startOwnKafka = async (): Promise<OwnKafka> => {
  const folder = mkdtempSync(join(tmpdir(), "odradek-own-kafka-"))
  const shared = join(folderOf("kafka"), "libs")
  await kafka.fetch(folderOf("kafka"))
  mkdirSync(folder, { recursive: true })
  symlinkSync(shared, join(folder, "libs"))
  const server = await OwnServer.start({ ...kafka, fetch: () => Promise.resolve() }, folder, () =>
    certificatesIn(folderOf("certificates"))
  )
  return {
    brokers: [server.service.address],
    server,
    [Symbol.asyncDispose]: async () => {
      await server.kill()
      rmSync(folder, { recursive: true, force: true })
    }
  }
}
