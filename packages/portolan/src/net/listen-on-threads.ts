/** One port, many threads: each has a listening socket of its own, and the kernel spreads the connections (SO_REUSEPORT). */
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { SocketAddress } from '../sys/socket-address.ts'
import { SocketError } from '../sys/socket-error.ts'
import type { ListenOptions } from './listen.ts'
import { warnOfHandler } from './serving.ts'
import type { FromThread, ThreadData, ToThread } from './listen-thread-messages.ts'

// The source runs as it stands, the package from what was compiled.
const ENTRY = new URL(`./listen-thread.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url)

export interface ThreadedListenOptions extends Omit<
  ListenOptions,
  'reusePort' | 'signal' | 'onError' | 'onReset' | 'path'
> {
  /** @default as many as the machine has processors for this process */
  readonly threads?: number | undefined
  /** Open connections at once, of each thread. @default Infinity */
  readonly maxConnections?: number | undefined
  /** Told of what handlers threw; the connection was reset. @default a warning of the process */
  readonly onError?: ((error: Error) => void) | undefined
}

/**
 * Serves a TCP port from several worker threads: SO_REUSEPORT of socket(7), `node:worker_threads`.
 *
 * @param handler module whose default export takes each connection: `(connection: Connection) => Promise<void>`. The
 * connection is closed when the promise resolves, and reset when it rejects.
 * @throws SocketError as `listen` does; RangeError for a number of threads below 1; what importing the module threw
 * @example
 * ```ts
 * // echo.ts: export default async (conn: Connection) => { for await (const chunk of conn) await conn.write(chunk) }
 * await using server = await listenOnThreads(new URL('./echo.ts', import.meta.url), { port: 9999 })
 * ```
 */
export async function listenOnThreads(
  handler: URL,
  options: ThreadedListenOptions = {},
): Promise<ThreadedListener> {
  const { threads = availableParallelism(), onError = warnOfHandler, ...listening } = options
  if (!Number.isInteger(threads) || threads < 1)
    throw new RangeError(`threads must be a whole number above 0, not ${threads}`)
  const started: ListenThread[] = []
  try {
    for (let index = 0; index < threads; index++) {
      // The first may have the port chosen by the kernel; the others join it there.
      const first = started[0]?.localAddress
      const port = first !== undefined && 'host' in first ? first.port : listening.port
      started.push(await ListenThread.start(handler, { ...listening, port }, onError))
    }
  } catch (error) {
    await Promise.all(started.map((thread) => thread.drain(0)))
    throw error
  }
  return new ThreadedListener(started)
}

/** A port served by threads. Made by {@link listenOnThreads}. Portolan's own. */
export class ThreadedListener implements AsyncDisposable {
  readonly #threads: readonly ListenThread[]
  #drained: Promise<number> | undefined

  constructor(threads: readonly ListenThread[]) {
    this.#threads = threads
  }

  get localAddress(): SocketAddress | undefined {
    return this.#threads[0]?.localAddress
  }

  get threads(): number {
    return this.#threads.length
  }

  /**
   * Stops listening in every thread, waits for the handlers' connections and resets those that are open at the deadline;
   * then the threads end. A second time gives the same promise.
   *
   * @param options.timeout milliseconds. @default Infinity
   * @returns how many connections were reset. Never rejects: what fails in a thread is told to `onError`
   */
  drain({ timeout = Infinity }: { readonly timeout?: number } = {}): Promise<number> {
    this.#drained ??= Promise.all(this.#threads.map((thread) => thread.drain(timeout))).then((counts) =>
      counts.reduce((sum, count) => sum + count, 0),
    )
    return this.#drained
  }

  /** {@link drain} without patience. Never rejects. */
  async close(): Promise<void> {
    await this.drain({ timeout: 0 })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

class ListenThread {
  readonly localAddress: SocketAddress
  readonly #worker: Worker
  readonly #ended: Promise<unknown>
  readonly #drained = Promise.withResolvers<number>()
  readonly #flag: Int32Array<SharedArrayBuffer>

  private constructor(
    worker: Worker,
    ended: Promise<unknown>,
    localAddress: SocketAddress,
    flag: SharedArrayBuffer,
  ) {
    this.#worker = worker
    this.#flag = new Int32Array(flag)
    process.once('exit', this.#atExit)
    this.#ended = ended
    this.localAddress = localAddress
    worker.on('message', (message: FromThread) => {
      if (message.kind === 'drained') this.#drained.resolve(message.reset)
    })
    void ended.then(() => {
      process.removeListener('exit', this.#atExit)
      this.#drained.resolve(0)
    })
  }

  // A process that ends tears its threads down as they stand, and one that an event reaches in that moment would abort it
  // (see Socket). So the thread is asked to end by itself first.
  readonly #atExit = (): void => {
    this.#tellToDrain(0)
    Atomics.wait(this.#flag, 0, 0, LONGEST_GOODBYE)
  }

  #tellToDrain(timeout: number): void {
    const message: ToThread = { kind: 'drain', timeout }
    this.#worker.postMessage(message)
  }

  static async start(
    handler: URL,
    options: ListenOptions,
    onError: (error: Error) => void,
  ): Promise<ListenThread> {
    const data: ThreadData = { handler: handler.href, options, ended: new SharedArrayBuffer(4) }
    const worker = new Worker(ENTRY, { name: 'portolan listener', workerData: data })
    // Not events.once: an error would end that wait before the thread has ended.
    const ended = new Promise((resolve) => void worker.once('exit', resolve))
    const { promise, resolve, reject } = Promise.withResolvers<SocketAddress>()
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new Error(`${data.handler} ended its thread (exit status ${code})`)))
    worker.on('message', (message: FromThread) => {
      if (message.kind === 'listening') resolve(message.address)
      else if (message.kind === 'refused') reject(new SocketError(message.code, message.syscall, message))
      else if (message.kind === 'failed') onError(message.error)
    })
    try {
      const address = await promise
      worker.on('error', onError)
      return new ListenThread(worker, ended, address, data.ended)
    } catch (error) {
      await leave(worker, ended)
      throw error
    }
  }

  /** @returns how many connections were reset */
  async drain(timeout: number): Promise<number> {
    this.#tellToDrain(timeout)
    const reset = await this.#drained.promise
    await leave(this.#worker, this.#ended)
    return reset
  }
}

/** A timer of the handler's module may keep a thread alive that serves nothing any more: it holds nobody up for long. */
async function leave(worker: Worker, ended: Promise<unknown>): Promise<void> {
  const waited = new AbortController()
  await Promise.race([
    ended,
    sleep(LONGEST_GOODBYE, undefined, { signal: waited.signal }).catch(() => undefined),
  ])
  waited.abort()
  worker.unref()
}

/** Milliseconds. */
const LONGEST_GOODBYE = 1000
