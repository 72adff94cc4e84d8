/**
 * Engine threads that are up before there is work for them. A thread takes some 40 ms to start, and so does loading the
 * planner; a command that knows it will scan lets both happen at once, on two cores.
 */
import { availableParallelism } from 'node:os'
import { MessageChannel, Worker } from 'node:worker_threads'

// The source runs as it is in development and compiled in the package.
const ENTRY = new URL(`./connect-thread.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url)

const waiting: Worker[] = []

/**
 * Starts engine threads, one a core and two at most, that wait for a job. Once they have loaded they do not keep the
 * process alive. The next scan takes them; a scan that needs more starts them itself.
 */
export function warmEngineThreads(): void {
  const wanted = Math.min(availableParallelism(), 2)
  while (waiting.length < wanted) {
    const worker = newThread()
    waiting.push(worker)
    // One that cannot even start is no use to a scan, which starts its own and hears why that one fails.
    const forget = (): void => {
      const place = waiting.indexOf(worker)
      if (place >= 0) waiting.splice(place, 1)
    }
    worker.on('error', forget)
    worker.on('exit', forget)
  }
}

/** A thread that waits for its job as its first message. */
export function takeEngineThread(): Worker {
  const worker = waiting.shift() ?? newThread()
  worker.ref()
  return worker
}

/**
 * A process that ends while a thread is loading koffi is aborted by it: Node-API refuses calls in a thread that is being
 * torn down, which koffi takes for fatal. So a thread holds the process until it has loaded, and then no longer.
 */
function newThread(): Worker {
  const { port1, port2 } = new MessageChannel()
  const worker = new Worker(ENTRY, { name: 'portolan connect', workerData: port2, transferList: [port2] })
  port1.once('close', () => {
    if (waiting.includes(worker)) worker.unref()
  })
  return worker
}
