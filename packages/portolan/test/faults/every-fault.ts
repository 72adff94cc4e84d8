/** A test that runs a dialogue again and again, each time with another one of its system calls failing in another way. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { Bystander } from './bystander.ts'
import { FaultPlan, type Fault } from './fault-plan.ts'
import { withoutGrowth } from './memory-check.ts'
import { run } from './run.ts'
import type { Dialogue } from './stage.ts'
import { judge } from './verdict.ts'

/** Calls up to which every single one of them fails once; of longer dialogues a sample does. */
const MOST_CALLS = 400
/** Which calls a sample takes. Another key takes others. */
const KEY = process.env['PORTOLAN_FAULT_KEY'] ?? 'portolan'

/** @param size about how many bytes go each way */
export function testEveryFault(name: string, dialogue: Dialogue, size: number): void {
  test(name, async (t) => {
    using bystander = await Bystander.open()
    const faults = await rehearse(dialogue, size, bystander)
    const started = performance.now()
    const missing = new Set(faults.map(nameOf))
    await withoutGrowth(async () => {
      for (const fault of faults)
        if (await attempt(dialogue, size, fault, bystander)) missing.delete(nameOf(fault))
    })
    t.diagnostic(`${faults.length} failures, ${Math.round(performance.now() - started)} ms`)
    assert.deepEqual(missing, new Set(), 'failures that never came to pass')
  })
}

/** Runs it as it is, once to load what is loaded once and once to count. @returns the failures to inject */
async function rehearse(dialogue: Dialogue, size: number, bystander: Bystander): Promise<Fault[]> {
  let plan = new FaultPlan()
  for (let i = 0; i < 2; i++) {
    plan = new FaultPlan()
    judge(await run(dialogue, size, plan, bystander), undefined)
  }
  const { faults, calls } = plan
  if (calls < MOST_CALLS) return faults
  const share = MOST_CALLS / calls
  // The first call of each kind always: so no kind is left out, and no error of it.
  return faults.filter((fault) => fault.nth === 1 || chance(`${fault.kind} ${fault.nth}`) < share)
}

/** 0 to 1, the same each time for the same text. */
function chance(text: string): number {
  return createHash('sha256').update(`${KEY} ${text}`).digest().readUInt32BE() / 2 ** 32
}

/** @returns whether the failure came to pass: later calls of a kind are not made every time */
async function attempt(
  dialogue: Dialogue,
  size: number,
  fault: Fault,
  bystander: Bystander,
): Promise<boolean> {
  const plan = new FaultPlan(fault)
  try {
    judge(await run(dialogue, size, plan, bystander), plan.fired)
  } catch (error) {
    const where = `${fault.errno} of ${fault.kind} number ${fault.nth}`
    throw new Error(`${where}: ${String(error)}\nafter\n${plan.history}`, { cause: error })
  }
  return plan.fired !== undefined
}

function nameOf({ kind, errno }: Fault): string {
  return `${kind} ${errno}`
}
