/** What the kernel tells about a TCP connection: struct tcp_info of linux/tcp.h, read with TCP_INFO (tcp(7)). */

/** States of RFC 9293 section 3.3.2 under the kernel's names, by the kernel's numbers (net/tcp_states.h). */
const STATES = [
  'UNKNOWN',
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
  'NEW_SYN_RECV',
  'BOUND_INACTIVE',
] as const

/** enum tcp_ca_state of linux/tcp.h, in its order. */
const CONGESTION_STATES = ['OPEN', 'DISORDER', 'CWR', 'RECOVERY', 'LOSS'] as const

export type TcpState = (typeof STATES)[number]
export type TcpCongestionState = (typeof CONGESTION_STATES)[number] | 'UNKNOWN'

/**
 * One connection at one moment. Of a listening socket `unacked` is the length of the accept queue and `sacked` its
 * limit; most of the rest is zero.
 *
 * Times of the protocol are in microseconds, times since something happened in milliseconds. What newer kernels added
 * is undefined on a kernel that does not tell it. Counters of bytes are exact to 2^53.
 */
export interface TcpInfo {
  readonly state: TcpState
  readonly congestionState: TcpCongestionState
  /** Retransmissions of the segment that now waits for its acknowledgement; 0 once it has come. */
  readonly retransmits: number
  /** Zero-window and keep-alive probes without an answer. */
  readonly probes: number
  /** Times the retransmission timeout was doubled. */
  readonly backoff: number
  readonly timestamps: boolean
  readonly selectiveAcknowledgements: boolean
  /** ECN was agreed on. */
  readonly ecn: boolean
  /** A packet with an ECN mark has come. */
  readonly ecnSeen: boolean
  /** The SYN carried data that was acknowledged (TCP Fast Open). */
  readonly synData: boolean
  /** Shift of the window that the peer tells; undefined where scaling was not agreed on. */
  readonly sendWindowScale: number | undefined
  /** Shift of the window that is told to the peer; undefined where scaling was not agreed on. */
  readonly receiveWindowScale: number | undefined
  /** `deliveryRate` was limited by the program, not by the network. */
  readonly deliveryRateAppLimited: boolean
  /** Retransmission timeout, µs. */
  readonly rto: number
  /** Delayed-acknowledgement timeout, µs. */
  readonly ato: number
  /** Bytes. */
  readonly sendMss: number
  /** Bytes, an estimate from what came. */
  readonly receiveMss: number
  /** Segments sent and not acknowledged. */
  readonly unacked: number
  /** Segments acknowledged selectively. */
  readonly sacked: number
  /** Segments believed to be lost. */
  readonly lost: number
  /** Segments retransmitted and not yet acknowledged. */
  readonly retransmitted: number
  /** Milliseconds since data was last sent. */
  readonly lastDataSent: number
  /** Milliseconds since data last came. */
  readonly lastDataReceived: number
  /** Milliseconds since an acknowledgement last came. */
  readonly lastAckReceived: number
  /** Bytes. */
  readonly pathMtu: number
  /** Bytes up to which the receive window opens. */
  readonly receiveSlowStartThreshold: number
  /** Smoothed round-trip time, µs. */
  readonly rtt: number
  /** Variation of the round-trip time, µs. */
  readonly rttvar: number
  /** Segments; 2147483647 while slow start has not ended. */
  readonly slowStartThreshold: number
  /** Congestion window, segments. */
  readonly cwnd: number
  /** Bytes: the MSS that was told to the peer. */
  readonly advertisedMss: number
  /** Segments by which packets may change order before one counts as lost. */
  readonly reordering: number
  /** Round-trip time as the receiver sees it, µs. */
  readonly receiveRtt: number
  /** Bytes of the receive queue that the buffer is tuned for. */
  readonly receiveSpace: number
  /** Segments retransmitted since the connection began. */
  readonly totalRetransmits: number
  /** Bytes a second. */
  readonly pacingRate: number | undefined
  /** Bytes a second; Infinity where there is no limit. */
  readonly maxPacingRate: number | undefined
  readonly bytesAcked: number | undefined
  readonly bytesReceived: number | undefined
  readonly segmentsOut: number | undefined
  readonly segmentsIn: number | undefined
  /** Bytes in the send queue that were not sent once. */
  readonly notSentBytes: number | undefined
  /** Shortest round-trip time of the last minutes (net.ipv4.tcp_min_rtt_wlen), µs. */
  readonly minRtt: number | undefined
  readonly dataSegmentsIn: number | undefined
  readonly dataSegmentsOut: number | undefined
  /** Newest measured rate, bytes a second. */
  readonly deliveryRate: number | undefined
  /** Time with data under way, µs. */
  readonly busyTime: number | undefined
  /** Time held up by the peer's window, µs. */
  readonly receiveWindowLimited: number | undefined
  /** Time held up by the send buffer, µs. */
  readonly sendBufferLimited: number | undefined
  /** Segments that arrived at the peer, those out of order included. */
  readonly delivered: number | undefined
  /** Of these, acknowledged with an ECN mark. */
  readonly deliveredCe: number | undefined
  /** Bytes sent, retransmissions included. */
  readonly bytesSent: number | undefined
  readonly bytesRetransmitted: number | undefined
  /** Duplicates that the peer told (RFC 2883). */
  readonly dsackDuplicates: number | undefined
  /** Times packets were seen to have changed order. */
  readonly reorderSeen: number | undefined
  /** Packets that came out of order. */
  readonly receivedOutOfOrder: number | undefined
  /** The peer's window, scaled, bytes. */
  readonly sendWindow: number | undefined
}

/** sizeof(struct tcp_info) of linux/tcp.h up to `tcpi_snd_wnd` (Linux 5.4). */
export const TCP_INFO_SIZE = 232
/** Where the structure ended until Linux 3.15: `tcpi_total_retrans` is the last member that every kernel has. */
const OLDEST_SIZE = 104

// TCPI_OPT_ of linux/tcp.h
const TIMESTAMPS = 1
const SACK = 2
const WINDOW_SCALE = 4
const ECN = 8
const ECN_SEEN = 16
const SYN_DATA = 32

/** "No limit" of tcpi_max_pacing_rate. */
const UNLIMITED = 0xffffffffffffffffn

/**
 * @param bytes as many of the structure as the kernel gave
 * @throws RangeError for fewer than every kernel gives
 */
export function parseTcpInfo(bytes: Uint8Array): TcpInfo {
  if (bytes.length < OLDEST_SIZE)
    throw new RangeError(`struct tcp_info has ${OLDEST_SIZE} bytes or more, not ${bytes.length}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const u8 = (offset: number): number => view.getUint8(offset)
  const u32 = (offset: number): number => view.getUint32(offset, true)
  const later32 = (offset: number): number | undefined =>
    offset + 4 <= bytes.length ? u32(offset) : undefined
  const later64 = (offset: number): number | undefined =>
    offset + 8 <= bytes.length ? rate(view.getBigUint64(offset, true)) : undefined
  const options = u8(5)
  const scaled = (options & WINDOW_SCALE) !== 0
  return {
    state: STATES[u8(0)] ?? 'UNKNOWN',
    congestionState: CONGESTION_STATES[u8(1)] ?? 'UNKNOWN',
    retransmits: u8(2),
    probes: u8(3),
    backoff: u8(4),
    timestamps: (options & TIMESTAMPS) !== 0,
    selectiveAcknowledgements: (options & SACK) !== 0,
    ecn: (options & ECN) !== 0,
    ecnSeen: (options & ECN_SEEN) !== 0,
    synData: (options & SYN_DATA) !== 0,
    // Two bit fields of four bits: the first one of the structure is the low one on a little-endian machine.
    sendWindowScale: scaled ? u8(6) & 15 : undefined,
    receiveWindowScale: scaled ? u8(6) >> 4 : undefined,
    deliveryRateAppLimited: (u8(7) & 1) !== 0,
    rto: u32(8),
    ato: u32(12),
    sendMss: u32(16),
    receiveMss: u32(20),
    unacked: u32(24),
    sacked: u32(28),
    lost: u32(32),
    retransmitted: u32(36),
    lastDataSent: u32(44),
    lastDataReceived: u32(52),
    lastAckReceived: u32(56),
    pathMtu: u32(60),
    receiveSlowStartThreshold: u32(64),
    rtt: u32(68),
    rttvar: u32(72),
    slowStartThreshold: u32(76),
    cwnd: u32(80),
    advertisedMss: u32(84),
    reordering: u32(88),
    receiveRtt: u32(92),
    receiveSpace: u32(96),
    totalRetransmits: u32(100),
    pacingRate: later64(104),
    maxPacingRate: later64(112),
    bytesAcked: later64(120),
    bytesReceived: later64(128),
    segmentsOut: later32(136),
    segmentsIn: later32(140),
    notSentBytes: later32(144),
    minRtt: later32(148),
    dataSegmentsIn: later32(152),
    dataSegmentsOut: later32(156),
    deliveryRate: later64(160),
    busyTime: later64(168),
    receiveWindowLimited: later64(176),
    sendBufferLimited: later64(184),
    delivered: later32(192),
    deliveredCe: later32(196),
    bytesSent: later64(200),
    bytesRetransmitted: later64(208),
    dsackDuplicates: later32(216),
    reorderSeen: later32(220),
    receivedOutOfOrder: later32(224),
    sendWindow: later32(228),
  }
}

function rate(value: bigint): number {
  return value === UNLIMITED ? Infinity : Number(value)
}
