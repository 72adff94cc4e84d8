/** The race over attempts that succeed, fail and are late at will, on a clock that the tests move. */
import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { afterEach, mock, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { interleaveFamilies, raceAttempts, type RaceOutcome } from '../../src/net/happy-eyeballs.ts'
import { checkLeaks } from '../socket/leak-check.ts'

checkLeaks()
afterEach(() => mock.timers.reset())

const DELAY = 250

interface Script {
  readonly name: string
  /** Milliseconds from its start to its end. */
  readonly takes: number
  readonly ends: 'made' | 'failed'
  /** Whether it ends at once when it is aborted, or goes on as if nothing had been said. */
  readonly heeds: boolean
}

interface Entry {
  readonly what: 'start' | 'made' | 'failed' | 'closed' | 'abort'
  readonly name: string
  readonly at: number
}

class Track {
  readonly #course: Course
  readonly name: string

  constructor(course: Course, name: string) {
    this.#course = course
    this.name = name
  }

  close(): Promise<void> {
    this.#course.note('closed', this.name)
    return Promise.resolve()
  }
}

/** A race of scripted attempts; what happened, in order. */
class Course {
  readonly log: Entry[] = []
  readonly #signal = new AbortController()
  /** Times at which something may happen. */
  readonly #due = new Set<number>()
  #now = 0

  note(what: Entry['what'], name: string): void {
    this.log.push({ what, name, at: this.#now })
  }

  names(what: Entry['what']): string[] {
    return this.log.filter((entry) => entry.what === what).map(({ name }) => name)
  }

  /** Made and not closed. */
  open(): string[] {
    const closed = new Set(this.names('closed'))
    return this.names('made').filter((name) => !closed.has(name))
  }

  readonly #attempt = ({ name, takes, ends, heeds }: Script, signal: AbortSignal): Promise<Track> => {
    this.note('start', name)
    this.#due.add(this.#now + takes).add(this.#now + DELAY)
    return new Promise((resolve, reject) => {
      const end = (what: 'made' | 'failed', why: string): void => {
        signal.removeEventListener('abort', onAbort)
        this.note(what, name)
        if (what === 'made') resolve(new Track(this, name))
        else reject(new Error(why))
      }
      const timer = setTimeout(() => end(ends, name), takes)
      const onAbort = (): void => {
        if (!heeds) return
        clearTimeout(timer)
        end('failed', `${name} aborted`)
      }
      signal.addEventListener('abort', onAbort)
    })
  }

  /** @param abortAt milliseconds from the start */
  async run(scripts: readonly Script[], abortAt?: number): Promise<RaceOutcome<Track>> {
    mock.timers.enable({ apis: ['setTimeout'] })
    const { signal } = this.#signal
    let outcome: RaceOutcome<Track> | undefined
    const racing = raceAttempts(scripts, this.#attempt, { attemptDelay: DELAY, signal }).then((result) => {
      outcome = result
    })
    if (abortAt !== undefined) this.#due.add(abortAt)
    for (;;) {
      await turn()
      const next = Math.min(...this.#due)
      if (outcome !== undefined || next === Infinity) break
      this.#due.delete(next)
      const passing = next - this.#now
      this.#now = next
      mock.timers.tick(passing)
      if (next === abortAt) {
        this.note('abort', '')
        this.#signal.abort()
      }
    }
    mock.timers.reset()
    if (outcome === undefined) throw new assert.AssertionError({ message: 'The race did not end' })
    await racing
    assert.equal(getEventListeners(signal, 'abort').length, 0)
    return outcome
  }
}

const silent = (name: string): Script => ({ name, takes: 60_000, ends: 'failed', heeds: true })
const made = (name: string, takes: number): Script => ({ name, takes, ends: 'made', heeds: true })
const failed = (name: string, takes: number): Script => ({ name, takes, ends: 'failed', heeds: true })

function winnerOf(outcome: RaceOutcome<Track>): string | undefined {
  return outcome.won ? outcome.winner.name : undefined
}

function errorsOf(outcome: RaceOutcome<Track>): string[] {
  assert.ok(!outcome.won)
  return outcome.errors.map((error) => (error instanceof Error ? error.message : String(error)))
}

test('26. an address that is silent gives the next one its turn after the delay, and is aborted when that wins', async () => {
  const course = new Course()
  assert.equal(winnerOf(await course.run([silent('a'), made('b', 50), made('c', 50)])), 'b')
  assert.deepEqual(course.log, [
    { what: 'start', name: 'a', at: 0 },
    { what: 'start', name: 'b', at: DELAY },
    { what: 'made', name: 'b', at: DELAY + 50 },
    { what: 'failed', name: 'a', at: DELAY + 50 },
  ])
})

test('26. a slow first attempt still wins after the second has started', async () => {
  const course = new Course()
  assert.equal(winnerOf(await course.run([made('slow', 350), silent('b')])), 'slow')
  assert.deepEqual(course.names('start'), ['slow', 'b'])
})

test('26. a failure starts the next attempt at once, whichever attempt it was', async () => {
  const course = new Course()
  const outcome = await course.run([failed('a', 300), silent('b'), made('c', 50)])
  assert.equal(winnerOf(outcome), 'c')
  assert.deepEqual(
    course.log.filter(({ what }) => what === 'start'),
    [
      { what: 'start', name: 'a', at: 0 },
      { what: 'start', name: 'b', at: DELAY },
      { what: 'start', name: 'c', at: 300 },
    ],
  )
})

test('26. an attempt is never killed for being slow: all wait side by side', async () => {
  const course = new Course()
  const outcome = await course.run([failed('a', 2000), failed('b', 1500), failed('c', 1000)])
  assert.deepEqual(errorsOf(outcome), ['a', 'b', 'c'])
  assert.deepEqual(course.names('failed'), ['c', 'b', 'a'])
})

test('26. two that succeed in the same turn: the first wins, the other is closed before the race ends', async () => {
  const course = new Course()
  const scripts = [made('a', DELAY + 50), { ...made('b', 50), heeds: false }]
  assert.equal(winnerOf(await course.run(scripts)), 'a')
  assert.deepEqual(course.names('made'), ['a', 'b'])
  assert.deepEqual(course.names('closed'), ['b'])
})

test('25. all failed: every error, in the order of the addresses', async () => {
  const outcome = await new Course().run([failed('a', 30), failed('b', 10), failed('c', 0)])
  assert.deepEqual(outcome.won ? [] : [errorsOf(outcome), outcome.untried], [['a', 'b', 'c'], 0])
})

test('21. an abort ends all attempts and starts no other', async () => {
  const course = new Course()
  const outcome = await course.run([silent('a'), silent('b'), silent('c'), silent('d')], 350)
  assert.deepEqual(errorsOf(outcome), ['a aborted', 'b aborted'])
  assert.equal(outcome.won ? 0 : outcome.untried, 2)
})

test('20. an attempt that succeeds although the race was aborted is closed', async () => {
  const course = new Course()
  const outcome = await course.run([{ ...made('late', 200), heeds: false }], 100)
  assert.deepEqual([outcome.won, course.names('closed')], [false, ['late']])
})

test('a signal that is aborted already: nothing is tried', async () => {
  const attempt = (): Promise<Track> => assert.fail('an attempt was made')
  const options = { attemptDelay: DELAY, signal: AbortSignal.abort() }
  assert.deepEqual(await raceAttempts(['a'], attempt, options), { won: false, errors: [], untried: 1 })
})

test('an attempt that throws where it stands is an attempt that failed', async () => {
  const attempt = (name: string): Promise<Track> => {
    if (name === 'a') throw new Error('a')
    return Promise.resolve(new Track(new Course(), name))
  }
  const options = { attemptDelay: DELAY, signal: new AbortController().signal }
  assert.equal(winnerOf(await raceAttempts(['a', 'b'], attempt, options)), 'b')
})

const scripts = fc
  .array(
    fc.record({
      takes: fc.integer({ min: 0, max: 6 }),
      ends: fc.constantFrom('made' as const, 'failed' as const, 'failed' as const),
      heeds: fc.boolean(),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((list) =>
    list.map(({ takes, ...script }, index) => ({
      ...script,
      name: String(index),
      // No two sums of these parts are alike, so nothing ever happens at the same time.
      takes: 125 * takes + 2 ** index,
    })),
  )

test('20, 25, 26. whatever the attempts do, one survives at most, and starts keep order and delay', async () => {
  await fc.assert(
    fc.asyncProperty(
      scripts,
      fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined }),
      async (plan, abortAt) => {
        const course = new Course()
        const outcome = await course.run(plan, abortAt === undefined ? undefined : 125 * abortAt + 64)
        assert.deepEqual(course.open(), outcome.won ? [outcome.winner.name] : [])
        checkStarts(course.log, plan)
        const over = course.log.find(({ what }) => what === 'made' || what === 'abort')
        // The first that is made wins, unless the abort came before it.
        assert.equal(winnerOf(outcome), over?.what === 'made' ? over.name : undefined)
        if (over === undefined)
          assert.deepEqual(
            errorsOf(outcome),
            plan.map(({ name }) => name),
          )
        if (!outcome.won) assert.equal(outcome.untried, plan.length - course.names('start').length)
      },
    ),
    { numRuns: 300 },
  )
})

/** Each start follows the one before by the first failure since, or by the delay; none follows a success or an abort. */
function checkStarts(log: readonly Entry[], plan: readonly Script[]): void {
  const starts = log.filter(({ what }) => what === 'start')
  assert.deepEqual(
    starts.map(({ name }) => name),
    plan.slice(0, starts.length).map(({ name }) => name),
  )
  for (const [index, start] of starts.entries()) {
    const before = log.slice(0, log.indexOf(start))
    assert.ok(!before.some(({ what }) => what === 'made' || what === 'abort'))
    const previous = starts[index - 1]
    if (previous === undefined) continue
    const failure = before.slice(before.indexOf(previous)).find(({ what }) => what === 'failed')
    assert.equal(start.at, failure?.at ?? previous.at + DELAY)
  }
}

const hosts = fc.array(fc.constantFrom('4', '6'), { maxLength: 12 }).map((families) =>
  families.map((family, index) => ({
    host: family === '4' ? `127.0.0.${index}` : `2001:2::${index}`,
    port: 1,
  })),
)
const isSix = ({ host }: { readonly host: string }): boolean => host.includes(':')

test('26. families take turns from the first address on, and each keeps its own order', () => {
  fc.assert(
    fc.property(hosts, (addresses) => {
      const result = interleaveFamilies(addresses)
      assert.deepEqual(result[0], addresses[0])
      for (const ofFamily of [isSix, (address: { readonly host: string }): boolean => !isSix(address)])
        assert.deepEqual(result.filter(ofFamily), addresses.filter(ofFamily))
      for (const [index, address] of result.entries()) {
        const next = result[index + 1]
        // Two of one family stand together only where the other one is used up.
        if (next !== undefined && isSix(next) === isSix(address))
          assert.ok(result.slice(index).every((later) => isSix(later) === isSix(address)))
      }
    }),
  )
})
