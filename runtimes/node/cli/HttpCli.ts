import * as Effect from "effect/Effect"
import { defaultHttpAddress, httpSettings } from "./CommandSettings.ts"
import { Command, Flag } from "./EffectCli.ts"
import { commonFlags, flagsOf } from "./Flags.ts"
import { prepared } from "./Prepare.ts"

const { listen, store, topics, ...flags } = flagsOf(httpSettings)

/** `odradek http`. */
export const httpCommand = Command.make(
  "http",
  {
    ...flags,
    listen: Flag.withDescription(listen, `where clients connect (${defaultHttpAddress}); port 0 takes a free one`),
    store: Flag.withDescription(
      store,
      "where the journals are replicated to, which a replicator has made (docs/stores.md)"
    ),
    topics: Flag.withDescription(topics, "the topics that are served (all that there are)"),
    open: Flag.Boolean("open").pipe(
      Flag.withDescription("let in everybody who can connect, also from other machines"),
      Flag.withDefault(false)
    ),
    ...commonFlags
  },
  (input) =>
    prepared(httpSettings, input, (settings) =>
      Effect.flatMap(
        Effect.promise(() => import("./HttpCommand.ts")),
        ({ runHttp }) => runHttp(settings, input)
      )
    )
).pipe(
  Command.withShortDescription("serve journals over HTTP"),
  Command.withDescription(
    'Serves the journals of a cluster over HTTP, until it is stopped; SIGTERM lets it answer what is under way, for 10 s at most. The first line on stdout is `ready URL`, with --json {"type":"ready","url"}. POST /topics/T/journals/ID/events appends {"events":[{"payload":…}]} or lines of JSON, with If-Match: "N" only where the last number is N; GET reads them, as one document, as lines (Accept: application/x-ndjson) or as server-sent events that go on with what is appended (text/event-stream); DELETE ?to=N deletes up to a number. GET /topics/T/journals/ID/pointer says the last number, DELETE /topics/T/journals/ID forgets a journal, GET /topics/T/journals lists the ids. 504, and 500 of a defect, are answers of a write that may have been made; with every other one that is not 201 or 200 nothing was. /openapi.json says all of it, /ready whether log and store answer, docs/http.md the rest. Without tokens (--tokens-file, ODRADEK_TOKEN) or certificates (--http-authority) it listens on this machine alone, unless --open says otherwise.'
  ),
  Command.withExamples([
    { command: "odradek http --store sqlite:accounts.db", description: "For programs of this machine" },
    {
      command: "odradek http --listen 0.0.0.0:8443 --http-certificate s.crt --http-key s.key --tokens-file tokens",
      description: "For those who have a token"
    },
    {
      command: `curl -d '{"events":[{"payload":{"deposited":100}}]}' -H 'content-type: application/json' localhost:8080/topics/accounts/journals/account-1/events`,
      description: "One event"
    }
  ])
)
