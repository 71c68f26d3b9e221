import type { Engine } from "./Engine.ts"
import type { NemesisOptions } from "./Nemesis.ts"
import type { Network } from "./Network.ts"
import type { PlannedFault } from "./PlannedFault.ts"
import type { SimulatedNode } from "./SimulatedNode.ts"

/** A node of any machine. */
export type AnyNode = Pick<
  SimulatedNode<unknown, unknown, unknown, unknown>,
  "alive" | "clock" | "crash" | "heal" | "name" | "pause" | "restartIn" | "resume" | "trap"
>

/** Lets timed faults begin and end. */
export class Faults {
  options: NemesisOptions | undefined
  private readonly engine: Engine

  constructor(engine: Engine, _network: Network, _nodes: ReadonlyMap<string, AnyNode>) {
    this.engine = engine
  }

  /** Lets a fault begin; false where it makes no sense. */
  begin(_fault: PlannedFault): boolean {
    return this.engine.now < 0
  }

  end(_fault: PlannedFault): void {}
}
