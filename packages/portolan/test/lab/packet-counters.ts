/** What a network namespace has sent so far, as its kernel counts it: /proc/net/snmp and /proc/net/snmp6. */
import assert from 'node:assert/strict'
import type { Lab } from '../../../../lab/lab.ts'

export interface Sent {
  /** Connections begun over IPv4 or IPv6, those to this machine itself included (RFC 4022: tcpActiveOpens). */
  readonly connections: number
  /** UDP datagrams, as of a name lookup. */
  readonly datagrams: number
}

export async function sentBy(lab: Lab): Promise<Sent> {
  const { stdout, code } = await lab.run(['cat', '/proc/net/snmp', '/proc/net/snmp6'])
  assert.equal(code, 0)
  return {
    connections: valueOf(stdout, 'Tcp', 'ActiveOpens'),
    datagrams:
      valueOf(stdout, 'Udp', 'OutDatagrams') + Number(/^Udp6OutDatagrams\s+(\d+)$/m.exec(stdout)?.[1]),
  }
}

/** `Tcp: RtoAlgorithm … ActiveOpens …` and below it the numbers in the same order. */
function valueOf(text: string, protocol: string, name: string): number {
  const [names = [], values = []] = text
    .split('\n')
    .filter((line) => line.startsWith(`${protocol}: `))
    .map((line) => line.split(' '))
  const value = Number(values[names.indexOf(name)])
  assert.ok(Number.isInteger(value), `${protocol} ${name}`)
  return value
}
