/** Looks at a lab from its scanner's place with Python's sockets: what the wire does, told by a third party. */
import { fileURLToPath } from 'node:url'
import { type Lab, LabError } from './lab.ts'

const SCRIPT = fileURLToPath(new URL('client.py', import.meta.url))

/**
 * Connects to each endpoint and says what it lived through: `refused`, `no answer`, another error's name
 * (`EHOSTUNREACH`), or `connected` and then `end`, `reset`, or what it heard (`text …` or `quiet`) and the
 * `end` that followed its own.
 */
export async function connectTo(
  lab: Lab,
  endpoints: readonly { readonly address: string; readonly port: number }[],
): Promise<string[][]> {
  const answer = await ask(lab, { connect: endpoints.map(({ address, port }) => [address, port]) })
  if (!Array.isArray(answer)) throw new LabError('client.py gave no list')
  return answer.map((steps: unknown) => (Array.isArray(steps) ? steps.map(String) : []))
}

/** ICMP echo requests sent as fast as may be: how many reached the host, by its kernel, and came back. */
export async function echo(
  lab: Lab,
  host: string,
  count: number,
  bytes: number,
): Promise<{ there: number; back: number }> {
  const address = lab.hosts[host]?.addresses[0]
  if (address === undefined) throw new LabError(`there is no host '${host}'`)
  const before = await echoesSeen(lab, host)
  const back = Number(await ask(lab, { echo: address, count, bytes }))
  return { there: (await echoesSeen(lab, host)) - before, back }
}

async function ask(lab: Lab, job: object): Promise<unknown> {
  const outcome = await lab.run(['python3', '-I', SCRIPT], { input: JSON.stringify(job) })
  if (outcome.code !== 0) throw new LabError(`client.py: ${outcome.stderr.trim().split('\n').at(-1) ?? ''}`)
  return JSON.parse(outcome.stdout)
}

/** `InEchos` of /proc/net/snmp: a line of names, a line of values. */
async function echoesSeen(lab: Lab, host: string): Promise<number> {
  const { stdout } = await lab.runIn(host, ['cat', '/proc/net/snmp'])
  const [names = [], values = []] = stdout
    .split('\n')
    .filter((line) => line.startsWith('Icmp: '))
    .map((line) => line.split(' '))
  return Number(values[names.indexOf('InEchos')])
}
