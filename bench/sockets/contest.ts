/** A contest: servers under one load, round by round, so that what the machine does meanwhile hits all of them. */
import type { Programs } from './program.ts'
import { runLoad, Server } from './process.ts'

export interface Contestant {
  readonly name: string
  /** The server, under bench/: started as `PORT ...words`, prints `ready` once it listens. */
  readonly server: string
  readonly words?: readonly string[]
}

/** Contestants under one load. */
export interface Match {
  readonly id: string
  readonly title: string
  /** The generator, under bench/: started as `PORT PID ...words` with the server's id, prints one object as JSON. */
  readonly load: string
  readonly words: readonly string[]
  readonly contestants: readonly Contestant[]
}

/** A contestant's runs, one a round. */
export interface Entry<T> {
  readonly name: string
  readonly runs: readonly T[]
  /** Why it is left out: it cannot run here, does not start, or failed under the load. */
  readonly leftOut?: string
}

/**
 * How long a server lives. `contest`: through all rounds, before which a run warms it up, as servers run in earnest.
 * `round`: new for each, where what it holds is measured.
 */
export type Lifetime = 'contest' | 'round'

/**
 * All rounds. Every other one goes backwards, so that nobody always comes after the same neighbour.
 *
 * @param run one run against a contestant's server
 */
export async function compete<T, C extends Contestant>(
  contestants: readonly C[],
  lifetime: Lifetime,
  programs: Programs,
  rounds: number,
  run: (server: Server, contestant: C) => Promise<T>,
): Promise<Entry<T>[]> {
  await using servers = new AsyncDisposableStack()
  const entrants = contestants.map((contestant) => new Entrant<T, C>(contestant))
  for (let round = lifetime === 'contest' ? -1 : 0; round < rounds; round++)
    for (const entrant of round % 2 === 0 ? entrants : entrants.toReversed()) {
      if (entrant.leftOut !== undefined) continue
      try {
        await using own = new AsyncDisposableStack()
        const server = await entrant.start(programs, lifetime === 'contest' ? servers : own)
        const result = await run(server, entrant.contestant)
        if (round >= 0) entrant.runs.push(result)
        if (lifetime === 'round') entrant.forget()
      } catch (error) {
        entrant.leftOut = error instanceof Error ? error.message : String(error)
      }
    }
  return entrants
}

/** A run of a match's generator against a server, as `read` reads what it prints. */
export function underLoad<T>(
  { load, words }: Match,
  programs: Programs,
  read: (number: (name: string) => number) => T,
): (server: Server) => Promise<T> {
  const generator = programs.argv(load)
  return async ({ port, pid }) => read(numbers(await runLoad([...generator, `${port}`, `${pid}`, ...words])))
}

class Entrant<T, C extends Contestant> implements Entry<T> {
  readonly name: string
  readonly runs: T[] = []
  readonly contestant: C
  leftOut?: string
  #server: Server | undefined

  constructor(contestant: C) {
    this.contestant = contestant
    this.name = contestant.name
  }

  /** The running server, started where there is none; `owner` ends it. */
  async start(programs: Programs, owner: AsyncDisposableStack): Promise<Server> {
    const { server, words = [] } = this.contestant
    return (this.#server ??= owner.use(await Server.start(programs.argv(server), words)))
  }

  forget(): void {
    this.#server = undefined
  }
}

/** Reads the numbers of an object a program printed. @throws TypeError where one is missing */
export function numbers(printed: unknown): (name: string) => number {
  const fields = new Map<string, unknown>(Object.entries(printed ?? {}))
  return (name) => {
    const field = fields.get(name)
    if (typeof field === 'number' && Number.isFinite(field)) return field
    throw new TypeError(`the program printed no ${name}`)
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const [low = NaN, high = NaN] = [sorted[middle - 1], sorted[middle]]
  return sorted.length % 2 === 1 ? high : (low + high) / 2
}
