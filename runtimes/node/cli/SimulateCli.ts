import * as Effect from "effect/Effect"
import type { MutantSystem } from "../../simulate/index.ts"
import { Argument, Command, Flag } from "./EffectCli.ts"
import { commonFlags, wholeFlag } from "./Flags.ts"
import { prepared, stoppable } from "./Prepare.ts"

/** Named here, too, so that no other command loads what simulates them. */
const systems = ["chain", "journal", "log", "groups", "lambda"] as const satisfies ReadonlyArray<MutantSystem>

const text = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.optional)

const whole = (name: string, description: string) => Flag.optional(wholeFlag(name, description))

const flags = {
  system: Argument.Literals("system", systems).pipe(Argument.withDescription(systems.join(", "))),
  seed: whole("seed", "run this seed alone, or begin with it where --seeds or --minutes is given (1)"),
  seeds: whole("seeds", "run so many seeds (as many as the scenario wants for a whole batch)"),
  minutes: Flag.Finite("minutes").pipe(
    Flag.withMetavar("M"),
    Flag.withDescription("go on for so many minutes; with --mutant for each bug"),
    Flag.optional
  ),
  mutant: text(
    "mutant",
    "NAME|all|list",
    "plant a bug that is known by name, or each of them, and look whether it is found; or list their names"
  ),
  plan: text("plan", "FILE", "run the plan of this file again, as it is"),
  shrink: Flag.Boolean("shrink").pipe(
    Flag.withDescription(
      "make the plan of a failure as small as it gets in a minute (yes, but not with --plan; --no-shrink for not)"
    ),
    Flag.optional
  ),
  trace: text("trace", "FILE.html", "draw the run of --seed or --plan, or the failure that is found"),
  out: text("out", "DIR", "where plans and scripts of failures go (here)"),
  workers: whole("workers", "how many threads (one for each core)")
}

/** `odradek simulate`. */
export const simulateCommand = Command.make("simulate", { ...flags, ...commonFlags }, (input) =>
  stoppable(
    prepared([], input, () =>
      Effect.flatMap(
        Effect.promise(() => import("./simulate/SimulateCommand.ts")),
        ({ runSimulate }) => runSimulate(input)
      )
    )
  )
).pipe(
  Command.withShortDescription("run a system under faults, from seeds, and look for what must not happen"),
  Command.withDescription(
    'Runs a system of this package in simulated time, on a simulated network and simulated disks, with every fault that it promises to withstand, once for each seed; one seed always gives the same run. It ends with 0 when nothing was violated, and with 1 at the first violation: then it tells what was violated, makes the plan of the run as small as it gets, shows its events as a table, and writes the plan to odradek-SYSTEM-SEED.plan.json, which --plan runs again and --trace draws. The digest is that of all runs: it is the same for the same seeds, with any number of workers, in every process. With --mutant it is the other way round: a bug is planted in a copy of the system, and it ends with 0 when every one is found. SIGINT and SIGTERM end a batch, which then tells how far it was. With --json there is one document: {"scenario","first","seeds","events","seconds","virtualMs","digest","marks","missing","violation","endless"}; with --plan {"scenario","seed","hash","events","virtualMs","traceFile","unused","violation"}; with --mutant {"scenario","found","of","medianSeeds","medianSeconds","mutants":[{"name","why","found","seeds","seconds","endless","broken","violation"}]}, and with --mutant list {"scenario","mutants":[{"name","why"}]}; "endless" is a seed whose run did not end, or null, and a violation is null or {"seed","invariant","what","hash","events","faults","moves","chances","plan","planFile"}.'
  ),
  Command.withExamples([
    { command: "odradek simulate chain", description: "A whole batch" },
    { command: "odradek simulate chain --minutes 10", description: "As many seeds as there is time for" },
    { command: "odradek simulate chain --mutant vote-twice", description: "Is a known bug found?" },
    {
      command: "odradek simulate chain --plan odradek-chain-7.plan.json --trace run.html",
      description: "What happened? Open run.html in a browser"
    }
  ])
)
