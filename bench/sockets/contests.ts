/** The contests of `npm run bench:sockets`: a contestant is one line. */
import type { Contestant } from './contest.ts'
import type { CostContest, RatioGoal } from './cost.ts'
import type { FlowContest } from './flow.ts'
import type { MemoryContest } from './memory.ts'

export type Contest = CostContest | FlowContest | MemoryContest

const NODE = 'node:net callbacks'
const DGRAM = 'node:dgram'
const GO = 'Go'
const SOCKET = 'portolan socket'
const CONNECTION = 'portolan Connection'

// The servers are warm by a whole run before; this settles the new connections.
const WARM_SECONDS = '0.15'
const SECONDS = '0.35'

/** Goals of one contestant: so many times these others. */
function goals(
  contestant: string,
  measure: RatioGoal['measure'],
  factors: Readonly<Record<string, number>>,
): RatioGoal[] {
  return Object.entries(factors).map(([against, factor]) => ({ contestant, against, measure, factor }))
}

const ECHO: readonly Contestant[] = [
  { name: NODE, server: 'echo/echo-node.ts' },
  { name: 'node:net for await', server: 'echo/echo-node-await.ts' },
  { name: SOCKET, server: 'echo/echo-socket.ts' },
  { name: CONNECTION, server: 'echo/echo-connection.ts' },
  { name: 'Bun', server: 'echo/echo-bun.mjs' },
  { name: GO, server: 'echo/echo-go.go' },
  { name: 'C epoll', server: 'echo/echo-epoll.c' },
]

const echoes = [1, 50, 500, 5000].map((connections): CostContest => ({
  kind: 'cost',
  id: `echo-${connections}`,
  title: `TCP echo, 64 B, ${connections} connection${connections === 1 ? '' : 's'}`,
  unit: 'message',
  perUnit: 1,
  load: 'load/echo-load.c',
  words: [String(connections), '64', WARM_SECONDS, SECONDS],
  contestants: ECHO,
  goals: [
    ...goals(SOCKET, 'cpu', { [NODE]: 0.55, [GO]: 1 }),
    ...goals(CONNECTION, 'cpu', { [NODE]: 0.65, [GO]: 1.2 }),
  ],
}))

function bulk(way: 'receive' | 'send'): CostContest {
  const words = [way]
  return {
    kind: 'cost',
    id: `bulk-${way}`,
    title: `TCP bulk, 1 connection, 64 KiB a call, server ${way}s`,
    unit: 'MB',
    perUnit: 1e6,
    load: 'load/bulk-load.c',
    words: [way === 'send' ? 'receive' : 'send', WARM_SECONDS, SECONDS],
    contestants: [
      { name: NODE, server: 'bulk/bulk-node.ts', words },
      { name: SOCKET, server: 'bulk/bulk-socket.ts', words },
      { name: CONNECTION, server: 'bulk/bulk-connection.ts', words },
      { name: 'Bun', server: 'bulk/bulk-bun.mjs', words },
      { name: GO, server: 'bulk/bulk-go.go', words },
      { name: 'C, blocking', server: 'bulk/bulk-c.c', words },
    ],
    goals: [
      ...goals(SOCKET, 'rate', { [NODE]: 1, [GO]: 0.9 }),
      ...goals(CONNECTION, 'rate', { [NODE]: 1, [GO]: 0.9 }),
    ],
  }
}

const accept: CostContest = {
  kind: 'cost',
  id: 'accept',
  title: 'Accept and close, 256 connections waiting',
  unit: 'connection',
  perUnit: 1,
  load: 'load/accept-load.c',
  words: ['256', WARM_SECONDS, SECONDS],
  contestants: [
    { name: NODE, server: 'accept/accept-node.ts' },
    { name: SOCKET, server: 'accept/accept-socket.ts' },
    { name: CONNECTION, server: 'accept/accept-connection.ts' },
    { name: 'Bun', server: 'accept/accept-bun.mjs' },
    { name: GO, server: 'accept/accept-go.go' },
    { name: 'C, blocking', server: 'accept/accept-c.c' },
  ],
  goals: [
    ...goals(SOCKET, 'rate', { [NODE]: 1.5, [GO]: 0.8 }),
    ...goals(CONNECTION, 'rate', { [NODE]: 1.5, [GO]: 0.8 }),
  ],
}

const udpEcho: CostContest = {
  kind: 'cost',
  id: 'udp-echo',
  title: 'UDP echo, 64 B, window 256',
  unit: 'message',
  perUnit: 1,
  load: 'udp/udp-echo-load.c',
  words: ['256', '64', WARM_SECONDS, SECONDS],
  contestants: [
    { name: DGRAM, server: 'udp/udp-echo-dgram.mjs' },
    { name: SOCKET, server: 'udp/udp-echo-portolan.ts' },
    { name: GO, server: 'udp/udp-echo.go' },
    { name: 'C, recvmmsg', server: 'udp/udp-echo.c' },
  ],
  goals: goals(SOCKET, 'cpu', { [DGRAM]: 0.3, [GO]: 0.8 }),
}

const words = ['0.5']
const udpOneWay: FlowContest = {
  kind: 'flow',
  id: 'udp-one-way',
  title: 'UDP one way, 1200 B, messages received, CPU of both ends',
  unit: 'message',
  perUnit: 1,
  seconds: 0.8,
  contestants: [
    { name: DGRAM, server: 'udp/udp-receive-dgram.mjs', words, sender: 'udp/udp-send-dgram.mjs' },
    { name: SOCKET, server: 'udp/udp-receive-portolan.ts', words, sender: 'udp/udp-send-portolan.ts' },
    { name: GO, server: 'udp/udp-receive.go', words, sender: 'udp/udp-send.go' },
    { name: 'C, GSO and GRO', server: 'udp/udp-receive.c', words, sender: 'udp/udp-send.c' },
  ],
  goals: goals(SOCKET, 'rate', { [DGRAM]: 8, [GO]: 3 }),
}

const idle: MemoryContest = {
  kind: 'memory',
  id: 'idle',
  title: '10,000 idle connections, each after one echo, a read pending',
  load: 'load/idle-load.c',
  words: ['10000'],
  contestants: [
    { name: NODE, server: 'echo/echo-node.ts' },
    { name: 'node:net for await', server: 'echo/echo-node-await.ts' },
    { name: SOCKET, server: 'idle/idle-socket.ts' },
    { name: `${SOCKET}, 4 KiB buffer each`, server: 'echo/echo-socket.ts' },
    { name: CONNECTION, server: 'idle/idle-connection.ts' },
    { name: `${CONNECTION}, 4 KiB buffer each`, server: 'echo/echo-connection.ts' },
    { name: 'Bun', server: 'echo/echo-bun.mjs' },
    { name: 'Go, 4 KiB buffer each', server: 'echo/echo-go.go' },
  ],
  goal: { contestants: [SOCKET, CONNECTION], megabytes: 80 },
}

const stall: MemoryContest = {
  kind: 'memory',
  id: 'stall',
  title: '1 GiB in new 64 KiB chunks to a reader that does not read',
  load: 'load/stall-load.c',
  words: [],
  contestants: [
    { name: NODE, server: 'stall/stall-node.ts' },
    { name: 'node:net, `drain` not heeded', server: 'stall/stall-node.ts', words: ['heedless'] },
    { name: SOCKET, server: 'stall/stall-socket.ts' },
    { name: CONNECTION, server: 'stall/stall-connection.ts' },
    { name: GO, server: 'stall/stall-go.go' },
  ],
  // The kernel's buffers (tcp_wmem, tcp_rmem: 4 and 6 MiB) and the collector's young chunks, far from 1 GiB.
  goal: { contestants: [SOCKET, CONNECTION], megabytes: 64 },
}

export const CONTESTS: readonly Contest[] = [
  ...echoes,
  bulk('receive'),
  bulk('send'),
  udpEcho,
  udpOneWay,
  accept,
  idle,
  stall,
]
