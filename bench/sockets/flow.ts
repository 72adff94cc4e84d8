/** Contests of one way: every contestant sends with its own and receives with its own. */
import { readdirSync, readFileSync } from 'node:fs'
import { compete, numbers, type Contestant } from './contest.ts'
import { costSection, type Cost, type Priced } from './cost.ts'
import { runLoad, type Server } from './process.ts'
import type { Programs } from './program.ts'
import type { Section } from './table.ts'

export interface FlowContestant extends Contestant {
  /** Started as `PORT SECONDS`; it and the server print `messages`, `seconds` and `cpuSeconds` of their own. */
  readonly sender: string
}

export interface FlowContest extends Priced {
  readonly kind: 'flow'
  readonly id: string
  /** How long a sender sends: longer than a receiver counts, so that it is never left without. */
  readonly seconds: number
  readonly contestants: readonly FlowContestant[]
}

export async function flows(contest: FlowContest, programs: Programs, rounds: number): Promise<Section> {
  const run = async (server: Server, { sender }: FlowContestant): Promise<Cost> => {
    const before = softirqNs()
    const sent = numbers(await runLoad([...programs.argv(sender), `${server.port}`, `${contest.seconds}`]))
    const received = numbers(await server.printed())
    const softirqs = softirqNs() - before
    const count = received('messages')
    // A message that was dropped has cost its sender: the price of one sent and of one received, added.
    const sending = (sent('cpuSeconds') * 1e9 + softirqs) / sent('messages')
    const receiving = (received('cpuSeconds') * 1e9) / count
    const seconds = received('seconds')
    return { count, seconds, serverCpuNs: (sending + receiving) * count, loadCpuNs: 0, loadWaitNs: 0 }
  }
  return costSection(contest, await compete(contest.contestants, 'round', programs, rounds, run))
}

/** What the kernel's softirq threads have run: they work for both ends and are charged to neither (schedstat). */
function softirqNs(): number {
  let sum = 0
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
    try {
      if (!readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('ksoftirqd/')) continue
      sum += Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0])
    } catch {
      // A process that ended meanwhile.
    }
  return sum
}
