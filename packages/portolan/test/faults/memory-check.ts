/** Memory outside of V8's heap, which no count of descriptors shows: buffers that somebody holds on to. */
import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const gc: unknown = runInNewContext('gc')

/** Bytes of ArrayBuffers and of Node's own objects, after everything that can be collected is. */
async function offHeap(): Promise<number> {
  if (typeof gc !== 'function') throw new TypeError('V8 gives no gc()')
  for (let i = 0; i < 3; i++) {
    Reflect.apply(gc, undefined, [])
    // Finalizers run in a turn of their own.
    await turn()
  }
  return process.memoryUsage().external
}

/** Much less than a buffer of 64 KiB for each of the hundreds of runs, much more than what caches gain. */
const ALLOWANCE = 3 << 20

/** Runs work that must not hold memory when it is over. */
export async function withoutGrowth(work: () => Promise<void>): Promise<void> {
  const before = await offHeap()
  await work()
  const growth = (await offHeap()) - before
  assert.ok(growth < ALLOWANCE, `${growth} bytes outside of the heap are left`)
}
