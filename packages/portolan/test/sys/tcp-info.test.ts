import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTcpInfo, TCP_INFO_SIZE, type TcpInfo } from '../../src/sys/tcp-info.ts'
import { evaluateInC, noCompiler } from './c-program.ts'

const HEADERS = ['stddef.h', 'stdio.h', 'linux/tcp.h']

// Members of struct tcp_info that are whole numbers, by the names we give them.
const MEMBERS = {
  retransmits: 'tcpi_retransmits',
  probes: 'tcpi_probes',
  backoff: 'tcpi_backoff',
  rto: 'tcpi_rto',
  ato: 'tcpi_ato',
  sendMss: 'tcpi_snd_mss',
  receiveMss: 'tcpi_rcv_mss',
  unacked: 'tcpi_unacked',
  sacked: 'tcpi_sacked',
  lost: 'tcpi_lost',
  retransmitted: 'tcpi_retrans',
  lastDataSent: 'tcpi_last_data_sent',
  lastDataReceived: 'tcpi_last_data_recv',
  lastAckReceived: 'tcpi_last_ack_recv',
  pathMtu: 'tcpi_pmtu',
  receiveSlowStartThreshold: 'tcpi_rcv_ssthresh',
  rtt: 'tcpi_rtt',
  rttvar: 'tcpi_rttvar',
  slowStartThreshold: 'tcpi_snd_ssthresh',
  cwnd: 'tcpi_snd_cwnd',
  advertisedMss: 'tcpi_advmss',
  reordering: 'tcpi_reordering',
  receiveRtt: 'tcpi_rcv_rtt',
  receiveSpace: 'tcpi_rcv_space',
  totalRetransmits: 'tcpi_total_retrans',
  pacingRate: 'tcpi_pacing_rate',
  maxPacingRate: 'tcpi_max_pacing_rate',
  bytesAcked: 'tcpi_bytes_acked',
  bytesReceived: 'tcpi_bytes_received',
  segmentsOut: 'tcpi_segs_out',
  segmentsIn: 'tcpi_segs_in',
  notSentBytes: 'tcpi_notsent_bytes',
  minRtt: 'tcpi_min_rtt',
  dataSegmentsIn: 'tcpi_data_segs_in',
  dataSegmentsOut: 'tcpi_data_segs_out',
  deliveryRate: 'tcpi_delivery_rate',
  busyTime: 'tcpi_busy_time',
  receiveWindowLimited: 'tcpi_rwnd_limited',
  sendBufferLimited: 'tcpi_sndbuf_limited',
  delivered: 'tcpi_delivered',
  deliveredCe: 'tcpi_delivered_ce',
  bytesSent: 'tcpi_bytes_sent',
  bytesRetransmitted: 'tcpi_bytes_retrans',
  dsackDuplicates: 'tcpi_dsack_dups',
  reorderSeen: 'tcpi_reord_seen',
  receivedOutOfOrder: 'tcpi_rcv_ooopack',
  sendWindow: 'tcpi_snd_wnd',
} as const satisfies Partial<Record<keyof TcpInfo, string>>

const members = Object.entries(MEMBERS)
/** Every kernel since 2.6 has the structure up to here. */
const OLDEST_SIZE = 104

interface Place {
  readonly name: string
  readonly offset: number
  readonly size: number
}

function places(): Place[] {
  const offsets = evaluateInC(
    members.map(([, member]) => `offsetof(struct tcp_info, ${member})`),
    HEADERS,
  )
  const sizes = evaluateInC(
    members.map(([, member]) => `sizeof(((struct tcp_info *)0)->${member})`),
    HEADERS,
  )
  return members.map(([name], index) => ({ name, offset: offsets[index] ?? -1, size: sizes[index] ?? -1 }))
}

test('every member of TCP_INFO is read where the C headers have it', { skip: noCompiler }, () => {
  const bytes = Buffer.alloc(TCP_INFO_SIZE)
  const expected: Record<string, number> = {}
  for (const [index, { name, offset, size }] of places().entries()) {
    // The highest byte of each is set too, so that one read too narrow shows.
    const value = size === 1 ? index + 1 : index + 1 + 2 ** (size === 8 ? 52 : 31)
    if (size === 8) bytes.writeBigUInt64LE(BigInt(value), offset)
    else bytes.writeUIntLE(value, offset, size)
    expected[name] = value
  }
  const info: Readonly<Record<string, unknown>> = { ...parseTcpInfo(bytes) }
  assert.deepEqual(Object.fromEntries(members.map(([name]) => [name, info[name]])), expected)
})

test('what is asked for ends with the last member that is read', { skip: noCompiler }, () => {
  const end = Math.max(...places().map(({ offset, size }) => offset + size))
  assert.equal(end, TCP_INFO_SIZE)
})

test(
  'a shorter structure of an older kernel gives undefined for what it lacks, and the rest',
  { skip: noCompiler },
  () => {
    const whole = Buffer.alloc(TCP_INFO_SIZE, 1)
    const all = places()
    for (let length = OLDEST_SIZE; length <= TCP_INFO_SIZE; length++) {
      const info: Readonly<Record<string, unknown>> = { ...parseTcpInfo(whole.subarray(0, length)) }
      for (const { name, offset, size } of all)
        assert.equal(info[name] === undefined, offset + size > length, `${name} of ${length} bytes`)
    }
    assert.throws(() => parseTcpInfo(whole.subarray(0, OLDEST_SIZE - 1)), RangeError)
  },
)

test('no limit of the pacing rate is Infinity', () => {
  const bytes = Buffer.alloc(TCP_INFO_SIZE)
  bytes.fill(0xff, 112, 120)
  assert.equal(parseTcpInfo(bytes).maxPacingRate, Infinity)
})

test('a structure in the middle of a buffer is read there', () => {
  const bytes = Buffer.alloc(TCP_INFO_SIZE + 3)
  bytes.writeUInt32LE(1234, 3 + 68)
  assert.equal(parseTcpInfo(bytes.subarray(3)).rtt, 1234)
})

test('states, options and bit fields have their names', { skip: noCompiler }, () => {
  const names = [
    'TCPI_OPT_TIMESTAMPS',
    'TCPI_OPT_SACK',
    'TCPI_OPT_ECN',
    'TCPI_OPT_ECN_SEEN',
    'TCPI_OPT_SYN_DATA',
  ]
  const keys = ['timestamps', 'selectiveAcknowledgements', 'ecn', 'ecnSeen', 'synData'] as const
  const bits = evaluateInC([...names, 'TCPI_OPT_WSCALE'], HEADERS)
  for (const [index, key] of keys.entries()) {
    const bytes = new Uint8Array(TCP_INFO_SIZE)
    bytes[5] = bits[index] ?? 0
    const info = parseTcpInfo(bytes)
    assert.deepEqual(
      keys.filter((one) => info[one]),
      [key],
    )
    assert.equal(info.sendWindowScale, undefined)
  }
  const scaled = new Uint8Array(TCP_INFO_SIZE)
  scaled.set([1, 4, 0, 0, 0, bits.at(-1) ?? 0, 0x7a, 1])
  const { state, congestionState, sendWindowScale, receiveWindowScale, deliveryRateAppLimited } =
    parseTcpInfo(scaled)
  assert.deepEqual(
    { state, congestionState, sendWindowScale, receiveWindowScale, deliveryRateAppLimited },
    {
      state: 'ESTABLISHED',
      congestionState: 'LOSS',
      sendWindowScale: 10,
      receiveWindowScale: 7,
      deliveryRateAppLimited: true,
    },
  )
  assert.equal(parseTcpInfo(new Uint8Array(TCP_INFO_SIZE).fill(200)).state, 'UNKNOWN')
})

test('the numbers of the states are those of netinet/tcp.h', { skip: noCompiler }, () => {
  const states = ['ESTABLISHED', 'SYN_SENT', 'SYN_RECV', 'FIN_WAIT1', 'FIN_WAIT2', 'TIME_WAIT', 'CLOSE']
  states.push('CLOSE_WAIT', 'LAST_ACK', 'LISTEN', 'CLOSING')
  const numbers = evaluateInC(states.map((state) => `TCP_${state}`))
  for (const [index, state] of states.entries()) {
    const bytes = new Uint8Array(TCP_INFO_SIZE)
    bytes[0] = numbers[index] ?? 0
    assert.equal(parseTcpInfo(bytes).state, state)
  }
})
