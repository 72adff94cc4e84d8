/** The options of our sockets as others see them: Python, which inherits the descriptors, and `ss`. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import * as constants from '../../src/sys/constants.ts'
import type { Socket } from '../../src/socket/socket.ts'

export type ConstantName = keyof typeof constants

export interface Asked {
  readonly socket: Socket
  readonly level: ConstantName
  readonly name: ConstantName
  /** Bytes to read; without it the option is an int. */
  readonly length?: number
}

const PROGRAM = `
import json, socket, sys
out = []
for fd, level, name, length in json.loads(sys.argv[1]):
    s = socket.socket(fileno=fd)
    value = s.getsockopt(level, name, length) if length else s.getsockopt(level, name)
    out.append(value.hex() if length else value)
    s.detach()
print(json.dumps(out))
`

/** What Python's getsockopt says of the very same sockets: ints, and bytes as hexadecimal. */
export function readByPython(asked: readonly Asked[]): (number | string)[] {
  const requests = asked.map(({ level, name, length }, index) => [
    3 + index,
    constants[level],
    constants[name],
    length ?? 0,
  ])
  const { stdout, status } = spawnSync('python3', ['-c', PROGRAM, JSON.stringify(requests)], {
    stdio: ['ignore', 'pipe', 'inherit', ...asked.map(({ socket }) => socket.fd)],
  })
  assert.equal(status, 0, 'python3')
  const answer: unknown = JSON.parse(stdout.toString())
  assert.ok(Array.isArray(answer))
  return answer.map((value: unknown) => {
    assert.ok(typeof value === 'number' || typeof value === 'string')
    return value
  })
}

/** The line of ss(8) about the TCP or UDP socket of ours that is bound to a port. */
export function lineOfSs(protocol: 'tcp' | 'udp', port: number): string {
  const argv = [`--${protocol}`, '-anoeiOHm', '--tos', 'sport', '=', `:${port}`]
  const all = execFileSync('ss', argv).toString().trim().split('\n')
  // A connection of another test may have had the port before.
  const lines = all.filter((line) => !line.startsWith('TIME-WAIT'))
  assert.equal(lines.length, 1, lines.join('\n'))
  return lines[0] ?? ''
}
