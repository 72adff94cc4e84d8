/** Bursts of EMFILE while connections come: nobody is dropped, the loop goes on, and it does not spin. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ERRNO, type ErrnoName } from '../../src/sys/errno.ts'
import { checkLeaks } from '../socket/leak-check.ts'
import { Bystander } from './bystander.ts'
import { limitAndDrain, secondAddress } from './dialogues-connection.ts'
import { Interception } from './interception.ts'
import { run, type Tampering } from './run.ts'
import type { Dialogue } from './stage.ts'
import { watchProcess } from './trespass.ts'

checkLeaks()
watchProcess()

/** From the `first` accept on so many of them fail. */
class Burst implements Tampering {
  readonly #first: number
  readonly #length: number
  readonly #errno: ErrnoName
  #log = ''
  accepts = 0

  constructor(first: number, length: number, errno: ErrnoName) {
    this.#first = first
    this.#length = length
    this.#errno = errno
  }

  get history(): string {
    return this.#log
  }

  intercept(): Interception {
    return new Interception((call) => {
      const counted = call.name === 'accept4' ? ++this.accepts : 0
      const fails = counted >= this.#first && counted < this.#first + this.#length
      const outcome = fails ? -ERRNO[this.#errno] : call.proceed()
      this.#log += `${call.name} = ${outcome}\n`
      return outcome
    })
  }
}

const PLAYS: readonly (readonly [string, Dialogue])[] = [
  ['one client', secondAddress],
  ['four clients and a limit', limitAndDrain],
]

for (const [name, dialogue] of PLAYS)
  for (const errno of ['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'] as const)
    for (const first of [1, 2])
      test(`56. ${name}: ${errno} three times from accept number ${first} on`, async () => {
        using bystander = await Bystander.open()
        const burst = new Burst(first, 3, errno)
        const { told, overcome } = await run(dialogue, 100, burst, bystander)
        assert.deepEqual(told, [])
        const codes = overcome.map((error) =>
          error instanceof Error && 'code' in error ? error.code : error,
        )
        assert.deepEqual(codes, [errno, errno, errno])
        // Five clients at most, each accepted once and found missing once, and the burst.
        assert.ok(burst.accepts <= 15, `${burst.accepts} accepts\n${burst.history}`)
      })
