/** One run of a dialogue while its system calls are tampered with, and what has to hold after it whatever happened. */
import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { openDescriptors } from '../socket/leak-check.ts'
import type { Bystander } from './bystander.ts'
import type { Interception } from './interception.ts'
import { Stage, type Dialogue } from './stage.ts'
import { checkProcess } from './trespass.ts'

/** How system calls are tampered with, and which there were. */
export interface Tampering {
  readonly history: string
  intercept(): Interception
}

/** Milliseconds after which a run counts as hanging. The longest pause of the product is 5 s (StreamTransport). */
const BOUND = 10_000

/**
 * @param size about how many bytes go each way
 * @returns the stage, on which everything is closed
 * @throws where it does not end, where descriptors or timers are left, or where others were touched
 */
export async function run(
  dialogue: Dialogue,
  size: number,
  tampering: Tampering,
  bystander: Bystander,
): Promise<Stage> {
  await bystander.echo()
  const before = openDescriptors()
  const timersBefore = timers()
  const stage = new Stage(size)
  {
    using _ = tampering.intercept()
    await within(perform(dialogue, stage), stage, tampering)
  }
  await turn()
  assert.deepEqual(openDescriptors(), before, `descriptors are left\n${tampering.history}`)
  assert.ok(timers() <= timersBefore, `timers are left\n${tampering.history}`)
  checkProcess()
  await bystander.echo()
  return stage
}

async function perform(dialogue: Dialogue, stage: Stage): Promise<void> {
  try {
    await dialogue(stage)
  } catch (error) {
    // Of the preparations, before there were parts.
    stage.told.push(error)
  } finally {
    await stage.end()
  }
}

async function within(work: Promise<void>, stage: Stage, tampering: Tampering): Promise<void> {
  let watchdog: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    watchdog = setTimeout(() => reject(new Error(`hangs after\n${tampering.history}`)), BOUND)
  })
  try {
    await Promise.race([work, late])
  } catch (error) {
    // What hangs would keep this process alive as well. Closing is what may hang: it is not waited for.
    void stage.end()
    throw error
  } finally {
    clearTimeout(watchdog)
  }
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
}
