import { DatabaseSync } from "node:sqlite"

/** Writes into a transaction that it never commits, tells so, and waits to be killed. */
const database = new DatabaseSync(process.argv[2] ?? "")
database.exec(`
  PRAGMA cache_size = 10;
  BEGIN IMMEDIATE;
  UPDATE journal_pointer SET log_offset = 999;
  UPDATE journal_head SET seq_nr = 999;
  DELETE FROM journal_event;
`)
const insert = database.prepare(
  "INSERT INTO journal_event (topic, id, seq_nr, record_id, log_partition, log_offset, timestamp, payload_binary) " +
    "VALUES ('topic', 'journal', ?, '', 0, 0, 0, zeroblob(10000))"
)
for (let seqNr = 1; seqNr <= 200; seqNr++) insert.run(seqNr)
process.stdout.write("holding\n")
setInterval(() => {}, 1000)
