/**
 * Calls that do less than they were asked: reads that give less, sends that take less, as the kernel does where a buffer is
 * nearly full or only so much has come. Of messages only whole ones are left out, as a kernel never cuts them.
 */
import koffi from 'koffi'
import { AF_UNIX, SO_DOMAIN, SOL_SOCKET } from '../../src/sys/constants.ts'
import { libc } from '../../src/sys/libc.ts'
import { IOVEC_SIZE, MSG_IOV, MSG_IOVLEN } from '../../src/sys/msghdr.ts'
import { tellEdgeAgain } from './edge.ts'
import { Interception, memoryOf, wordOf, type Call } from './interception.ts'

const getsockopt = libc.getsockopt

export class ShortCounts {
  readonly #most: readonly number[]
  readonly #log: string[] = []
  #calls = 0

  /** @param most how much each call may do, one after the other and again from the first: 1 or more */
  constructor(most: readonly number[]) {
    this.#most = most
  }

  /** Calls that were cut short. */
  get calls(): number {
    return this.#calls
  }

  get history(): string {
    return this.#log.slice(-60).join('\n')
  }

  intercept(): Interception {
    return new Interception((call) => {
      const outcome = this.#answer(call)
      this.#log.push(`${call.name}(${String(call.args[0])}) = ${outcome}`)
      if (this.#log.length > 1000) this.#log.splice(0, 900)
      return outcome
    })
  }

  #answer(call: Call): number {
    const { name } = call
    if (name === 'recv' || name === 'recvmmsg') return this.#receive(call)
    if (name === 'send' || name === 'sendmmsg') return this.#limited(call, 2).outcome
    if (name === 'sendfile') return this.#limited(call, 3).outcome
    return name === 'sendmsg' || name === 'recvmsg' ? this.#vector(call) : call.proceed()
  }

  #next(): number {
    return this.#most[this.#calls++ % this.#most.length] ?? 1
  }

  /** @param index which argument says how much */
  #limited(call: Call, index: number): { outcome: number; asked: number } {
    const asked = wordOf(call, index)
    const args = call.args.with(index, Math.min(asked, this.#next()))
    return { outcome: call.proceed(asked === 0 ? call.args : args), asked }
  }

  /**
   * TCP gives less than it was asked for only where nothing more is there, and what comes later tells an edge (epoll(7),
   * question 9), on which the product relies; the same goes for recvmmsg. So the edge follows here. A UNIX socket may stop
   * short with more behind it, and tells nothing.
   */
  #receive(call: Call): number {
    const { outcome, asked } = this.#limited(call, 2)
    const fd = wordOf(call, 0)
    if (outcome > 0 && outcome < asked && !isUnix(fd)) tellEdgeAgain(fd)
    return outcome
  }

  /** Shortens the struct iovec of the first buffer that is not empty, and leaves out those behind it. */
  #vector(call: Call): number {
    const header = memoryOf(call, 1)
    const view = new DataView(header.buffer, header.byteOffset, header.byteLength)
    const count = view.getBigUint64(MSG_IOVLEN, true)
    const address = view.getBigUint64(MSG_IOV, true)
    if (count === 0n) return call.proceed()
    const vectors = new DataView(koffi.view(address, Number(count) * IOVEC_SIZE))
    const length = vectors.getBigUint64(8, true)
    const most = BigInt(this.#next())
    vectors.setBigUint64(8, length < most ? length : most, true)
    view.setBigUint64(MSG_IOVLEN, 1n, true)
    const outcome = call.proceed()
    vectors.setBigUint64(8, length, true)
    view.setBigUint64(MSG_IOVLEN, count, true)
    const fd = wordOf(call, 0)
    if (call.name === 'recvmsg' && outcome > 0 && !isUnix(fd)) tellEdgeAgain(fd)
    return outcome
  }
}

function isUnix(fd: number): boolean {
  const value = new Int32Array(1)
  getsockopt(fd, SOL_SOCKET, SO_DOMAIN, value, Int32Array.of(4))
  return value[0] === AF_UNIX
}
