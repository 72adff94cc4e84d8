/** Sockets for datagrams, ours and Python's. */
import assert from 'node:assert/strict'
import { socket } from '../../src/socket/open.ts'
import type { Socket } from '../../src/socket/socket.ts'
import { AF_INET, AF_INET6, SO_RCVBUF, SOCK_DGRAM, SOL_SOCKET } from '../../src/sys/constants.ts'
import type { ReceivedBatch } from '../../src/socket/batch.ts'
import type { PythonPeer } from './python-peer.ts'

export function bound(host = '127.0.0.1'): Socket {
  const udp = socket(host.includes(':') ? AF_INET6 : AF_INET, SOCK_DGRAM)
  udp.setsockopt(SOL_SOCKET, SO_RCVBUF, 4 << 20)
  udp.bind({ host, port: 0 })
  return udp
}

/** Python's socket `u`, with room for some thousand messages. @returns its port */
export function pythonBound(python: PythonPeer, host = '127.0.0.1'): Promise<number> {
  return python.number(
    `u = socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET, socket.SOCK_DGRAM)
u.setsockopt(socket.SOL_SOCKET, 33, 32 << 20); u.bind((host, 0)); u.settimeout(10); out = u.getsockname()[1]`,
    { host },
  )
}

export function texts(batch: ReceivedBatch): string[] {
  return Array.from({ length: batch.length }, (_, index) => Buffer.from(batch.data(index)).toString())
}

/** So many messages, in however many batches they come. */
export async function collect(from: Socket, count: number, max?: number): Promise<string[]> {
  const all: string[] = []
  while (all.length < count) {
    const batch = await from.recvBatch({ max, timeout: 10_000 })
    assert.ok(batch.length > 0)
    all.push(...texts(batch))
  }
  return all
}
