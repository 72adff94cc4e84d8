/** Every system call passes through here on its way to the kernel: the way to let one fail, or do less than it was asked. */
import { libc } from '../../src/sys/libc.ts'

/** The members of `libc` that are system calls; the others are look-ups of the C library. */
const NAMES = [
  'socket',
  'socketpair',
  'bind',
  'listen',
  'accept4',
  'connect',
  'recv',
  'send',
  'recvfrom',
  'sendto',
  'recvmsg',
  'sendmsg',
  'recvmmsg',
  'sendmmsg',
  'shutdown',
  'close',
  'getsockname',
  'getpeername',
  'setsockopt',
  'getsockopt',
  'epoll_create1',
  'epoll_ctl',
  'epoll_wait',
  'fcntl',
  'sendfile',
] as const satisfies (keyof typeof libc)[]

export type CallName = (typeof NAMES)[number]

export interface Call {
  readonly name: CallName
  readonly args: readonly unknown[]
  /** Lets the kernel do it, with these arguments in place of its own. @returns a result or the negative error number */
  proceed(args?: readonly unknown[]): number
}

/** Stands between the product and the kernel until it is disposed of. @param answer what the product is told */
export class Interception implements Disposable {
  readonly #real = new Map<CallName, unknown>()

  constructor(answer: (call: Call) => number) {
    for (const name of NAMES) {
      const real: unknown = Reflect.get(libc, name)
      if (typeof real !== 'function') throw new TypeError(`libc has no ${name}`)
      this.#real.set(name, real)
      const stand = (...args: unknown[]): number =>
        answer({ name, args, proceed: (changed = args) => Number(Reflect.apply(real, libc, changed)) })
      Reflect.set(libc, name, stand)
    }
  }

  [Symbol.dispose](): void {
    for (const [name, real] of this.#real) Reflect.set(libc, name, real)
  }
}

/** An argument that is a whole number. */
export function wordOf(call: Call, index: number): number {
  const word = call.args[index]
  if (typeof word !== 'number') throw new TypeError(`Argument ${index} of ${call.name} is no number`)
  return word
}

/** An argument that is memory. */
export function memoryOf(call: Call, index: number): Uint8Array {
  const memory = call.args[index]
  if (!(memory instanceof Uint8Array)) throw new TypeError(`Argument ${index} of ${call.name} is no memory`)
  return memory
}
