import { describe, expect, it } from "vitest"
import { describeCut } from "../../../core/storage/index.ts"

describe("what is said of a cut", () => {
  it("names the bytes, where they are kept, why they were cut, and which records may be lost", () => {
    const file = "orders-0/00000000000000000000.log"
    const detail = "its CRC-32C is 1 and its header says 2"
    const said = describeCut({
      file,
      position: 5678,
      size: 1234,
      reason: "Damaged",
      detail,
      keptIn: `${file}.cut-5678`
    })
    expect(said).toBe(
      `Cut 1234 bytes of ${file} from byte 5678 on, which are not known to have been synced: the first batch in them is damaged, ${detail}; they are kept in ${file}.cut-5678 in the data folder, and records in them that were acknowledged with --fsync none or interval are lost.`
    )
  })

  it("calls the beginning of a batch incomplete", () => {
    const detail = "it needs 80 bytes and 7 are there"
    const said = describeCut({ file: "f.log", position: 5, size: 7, reason: "Torn", detail, keptIn: "f.log.cut-5" })
    expect(said).toContain("Cut 7 bytes of f.log from byte 5 on")
    expect(said).toContain(`: the batch in them is incomplete, ${detail}; they are kept in f.log.cut-5`)
  })
})
