/** A thread that draws from a shard source until it is empty, and counts every index it got in shared memory. */
import { parentPort, workerData } from 'node:worker_threads'
import { ShardSource, type IndexRange } from '../../src/scan/shards.ts'

export interface DrawerJob {
  readonly range: IndexRange
  readonly shared: SharedArrayBuffer
  /** Int32, one count an index */
  readonly counts: SharedArrayBuffer
}

const { range, shared, counts }: DrawerJob = workerData
const source = new ShardSource(range, shared)
const drawn = new Int32Array(counts)
let count = 0
for (let index = source.next(); index >= 0; index = source.next()) {
  Atomics.add(drawn, index - range.from, 1)
  count++
}
parentPort?.postMessage(count)
