/** Which call of a dialogue fails, and how; and the list of calls, to be shown where that ends badly. */
import { ERRNO, errnoName, type ErrnoName } from '../../src/sys/errno.ts'
import { faultsOf, isDoneAllTheSame, kindOf, tellsEdgeLater } from './call-faults.ts'
import { tellEdgeAgain } from './edge.ts'
import { Interception, type Call } from './interception.ts'

/** One failure: of the n-th call of its kind, counted from 1. Counted so it means the same call in every run. */
export interface Fault {
  readonly kind: string
  readonly nth: number
  readonly errno: ErrnoName
}

export class FaultPlan {
  readonly #fault: Fault | undefined
  readonly #counts = new Map<string, number>()
  readonly #possible = new Map<string, readonly ErrnoName[]>()
  readonly #log: string[] = []
  #fired = false

  /** @param fault undefined lets nothing fail */
  constructor(fault?: Fault) {
    this.#fault = fault
  }

  /** The failure, if it came to that: dialogues make a few calls more or less from one run to the next. */
  get fired(): Fault | undefined {
    return this.#fired ? this.#fault : undefined
  }

  /** How many calls there were. */
  get calls(): number {
    return this.#log.length
  }

  /** Every failure of every call that was made. */
  get faults(): Fault[] {
    return [...this.#counts].flatMap(([kind, count]) =>
      (this.#possible.get(kind) ?? []).flatMap((errno) =>
        Array.from({ length: count }, (_, index) => ({ kind, nth: index + 1, errno })),
      ),
    )
  }

  /** What was called last, one call a line. */
  get history(): string {
    return this.#log.slice(-60).join('\n')
  }

  /** Follows this plan until the interception is disposed of. */
  intercept(): Interception {
    return new Interception((call) => this.#answer(call))
  }

  #answer(call: Call): number {
    const kind = kindOf(call)
    const nth = (this.#counts.get(kind) ?? 0) + 1
    this.#counts.set(kind, nth)
    this.#possible.set(kind, faultsOf(call))
    const fails = kind === this.#fault?.kind && nth === this.#fault.nth
    const errno = fails ? this.#fault.errno : undefined
    const outcome = errno === undefined ? call.proceed() : this.#fail(call, errno)
    const words = call.args.map((word) => (typeof word === 'number' ? word : '…')).join(', ')
    const shown = outcome < 0 ? errnoName(-outcome) : outcome
    this.#log.push(`${call.name}(${words}) = ${shown}${fails ? ' (injected)' : ''}`)
    return outcome
  }

  #fail(call: Call, errno: ErrnoName): number {
    this.#fired = true
    if (isDoneAllTheSame(call, errno)) call.proceed()
    const [fd] = call.args
    if (tellsEdgeLater(call, errno) && typeof fd === 'number') tellEdgeAgain(fd)
    return -ERRNO[errno]
  }
}
