import type { Scheduler, SchedulerDispatcher } from "effect/Scheduler"
import type { Prng } from "../../../core/simulation/index.ts"

/** Runs the tasks that wait in an order that a seed decides, and lets fibers yield where it decides. */
export class SeededScheduler implements Scheduler, SchedulerDispatcher {
  readonly executionMode = "async"
  private readonly random: Prng
  private readonly tasks: Array<() => void> = []
  private running = false

  constructor(random: Prng) {
    this.random = random
  }

  shouldYield(): boolean {
    return this.random.chance(30)
  }

  makeDispatcher(): SchedulerDispatcher {
    return this
  }

  scheduleTask(task: () => void): void {
    this.tasks.push(task)
    if (this.running) return
    this.running = true
    setImmediate(() => this.flush())
  }

  flush(): void {
    while (this.tasks.length > 0) {
      const [task] = this.tasks.splice(this.random.below(this.tasks.length), 1)
      task?.()
    }
    this.running = false
  }
}
