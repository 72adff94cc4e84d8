/**
 * One `connect` in whatever network namespace this program is started in, seen with foreign eyes: Python sees the SYNs
 * leave, ss(8) what is left. The job comes as JSON, the report goes out as JSON.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { ConnectError } from '../../src/net/connect-error.ts'
import type { TcpConnectOptions } from '../../src/net/connect-options.ts'
import { connect } from '../../src/net/connect.ts'
import { SocketError } from '../../src/sys/socket-error.ts'
import { PythonPeer } from '../socket/python-peer.ts'

export interface WireJob {
  readonly options: Omit<TcpConnectOptions, 'lookup' | 'signal'>
  /** What the look-up answers; without it the system's own is asked. */
  readonly addresses?: readonly string[]
  /** Abort as soon as so many SYNs are on their way. */
  readonly abortAtSyns?: number
  /** Python listens on this address of the namespace, at the port of the options. */
  readonly listen?: string
}

export interface WireReport {
  readonly connected?: { readonly local: unknown; readonly remote: unknown }
  readonly failed?: {
    readonly code: string
    readonly syscall: string
    readonly message: string
    readonly cause: unknown
    readonly attempts: readonly (readonly [unknown, string])[]
  }
  /** Destinations of the SYNs to the port, the first of each, in the order they left. */
  readonly syns: readonly string[]
  /** State and peer of each TCP socket to the port, by ss(8), while the connection is still held. */
  readonly ss: readonly string[]
  /** Sockets of this process more than before. */
  readonly descriptors: number
}

// Frames of AF_PACKET: 14 bytes of Ethernet, then IPv4 (RFC 791) or IPv6 without extension headers (RFC 8200), then
// TCP, whose flags are in byte 13: SYN without ACK.
const WATCH = `w = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)); w.setblocking(False)
def syns(port):
    seen = []
    while True:
        try: frame = w.recv(65536)
        except BlockingIOError: return seen
        kind = frame[12:14]; p = frame[14:]
        if kind == b'\\x08\\x00' and p[9] == 6:
            to, tcp = socket.inet_ntop(socket.AF_INET, p[16:20]), p[(p[0] & 15) * 4:]
        elif kind == b'\\x86\\xdd' and p[6] == 6:
            to, tcp = socket.inet_ntop(socket.AF_INET6, p[24:40]), p[40:]
        else: continue
        if tcp[2:4] == struct.pack('!H', port) and tcp[13] & 0x12 == 2 and to not in seen: seen.append(to)`

function socketCount(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:')
    } catch {
      return false
    }
  }).length
}

/** `STATE PEER`. */
function socketsTo(port: number): string[] {
  return execFileSync('ss', ['-Htan', 'dport', `= :${port}`], { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(/\s+/))
    .map(([state = '', , , , peer = '']) => `${state} ${peer}`)
}

async function abortAt(stop: AbortController, port: number, count: number): Promise<void> {
  for (let i = 0; i < 1000; i++) {
    if (socketsTo(port).filter((line) => line.startsWith('SYN-SENT')).length >= count) break
    await sleep(10)
  }
  stop.abort('enough')
}

async function report({ options, addresses, abortAtSyns, listen }: WireJob): Promise<WireReport> {
  await using python = new PythonPeer()
  await python.run(WATCH)
  if (listen !== undefined)
    await python.run(
      "l = socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET); l.bind((host, port)); l.listen()",
      { host: listen, port: options.port },
    )
  const stop = new AbortController()
  const call = {
    ...options,
    signal: stop.signal,
    ...(addresses === undefined ? {} : { lookup: () => Promise.resolve(addresses) }),
  }
  const before = socketCount()
  const outcome = connect(call).then(
    (conn) => ({ conn }),
    (error: unknown) => ({ error }),
  )
  if (abortAtSyns !== undefined) await abortAt(stop, options.port, abortAtSyns)
  const ended = await outcome
  const seen = {
    ss: socketsTo(options.port),
    descriptors: socketCount() - before,
    syns: asTexts(await python.run('out = syns(port)', { port: options.port })),
  }
  if ('conn' in ended) {
    const { localAddress: local, remoteAddress: remote } = ended.conn
    await ended.conn.close()
    return { ...seen, connected: { local, remote } }
  }
  if (!(ended.error instanceof SocketError)) throw ended.error
  const { code, syscall, message, cause } = ended.error
  const attempts = ended.error instanceof ConnectError ? ended.error.errors : []
  const pairs = attempts.map((attempt): readonly [unknown, string] => [attempt.remote, attempt.code])
  return { ...seen, failed: { code, syscall, message, cause, attempts: pairs } }
}

function asTexts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : []
}

if (import.meta.main) {
  const job: WireJob = JSON.parse(process.argv[2] ?? '')
  process.stdout.write(JSON.stringify(await report(job)))
}
