import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { serveDeno } from "../../../runtimes/deno/index.ts"
import { startDeno } from "./Deno.ts"
import { eventually } from "../../Eventually.ts"

it("a handler is served by Deno itself, which sends those who follow away when it ends", async () => {
  const served = await startDeno(
    ["--allow-net=127.0.0.1", "--allow-read", "--allow-env"],
    "test/runtimes/deno/Served.ts",
    []
  )
  const events = `${served.ready.slice("ready ".length)}/topics/orders/journals/a%2Fb/events`
  const body = '{"events":[{"payload":1.0}]}'
  const appended = await fetch(events, { method: "POST", body, headers: { "content-type": "application/json" } })
  expect(await appended.json()).toMatchObject({ id: "a/b", from: 1 })
  const followed = await fetch(events, { headers: { accept: "text/event-stream" } })
  const reader = followed.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ""
  while (!text.includes("id: 1\n")) text += (await reader.read()).value ?? ""
  // One that goes by itself makes room for another.
  const controller = new AbortController()
  await fetch(events, { headers: { accept: "text/event-stream" }, signal: controller.signal })
  expect((await fetch(events, { headers: { accept: "text/event-stream" } })).status).toBe(503)
  controller.abort()
  await eventually(async () => {
    const next = await fetch(events, { headers: { accept: "text/event-stream" } })
    expect(next.status).toBe(200)
    await next.body?.cancel()
  })
  const ended = served.stop()
  while (!(await reader.read()).done);
  expect(await ended).toEqual({ code: 0, stdout: `${served.ready}\n`, stderr: "" })
})

it.effect("elsewhere than in Deno it says what to serve with", () =>
  Effect.gen(function* () {
    const options = { listen: { host: "127.0.0.1", port: 0 }, fetch: async () => new Response() }
    expect((yield* Effect.flip(serveDeno(options))).message).toContain("serveWeb of odradek/runtimes/node")
  })
)
