/**
 * A thread that reads /proc/net/tcp and tcp6 (proc_net_tcp(5)) every five milliseconds, and keeps what it sees listening.
 * ss(8) takes too long to start: servers that others open on this machine for a moment would be missed, and a scan that
 * found one would be blamed for inventing it.
 */
import { readFileSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'

/** Slots of the shared Int32Array. */
export const STOP = 0
export const LOOKS = 1

const LISTEN = '0A'

if (parentPort !== null) {
  const control = new Int32Array(sharedBuffer(workerData))
  const seen = new Set<string>()
  do {
    for (const file of ['/proc/net/tcp', '/proc/net/tcp6'])
      for (const line of readFileSync(file, 'latin1').split('\n')) {
        const [, local, , state] = line.trim().split(/\s+/)
        if (local !== undefined && state === LISTEN) seen.add(local)
      }
    Atomics.add(control, LOOKS, 1)
    Atomics.notify(control, LOOKS)
  } while (Atomics.wait(control, STOP, 0, 5) === 'timed-out')
  parentPort.postMessage([...seen])
}

function sharedBuffer(value: unknown): SharedArrayBuffer {
  if (value instanceof SharedArrayBuffer) return value
  throw new TypeError('the worker needs a SharedArrayBuffer')
}
