/** When a message came in or went out: SO_TIMESTAMP of socket(7), the kernel's networking/timestamping document. */

export interface MessageTimestamp {
  readonly kind: 'timestamp'
  /**
   * Nanoseconds since 1970-01-01T00:00:00Z. With SO_TIMESTAMP the kernel counts whole microseconds; a hardware clock may
   * have another beginning.
   */
  readonly nanoseconds: bigint
  /** Whose clock: the kernel's or the network card's. SO_TIMESTAMPING gives one of these for each. */
  readonly source: 'software' | 'hardware'
}

/** sizeof(struct timespec), sizeof(struct timeval), on 64-bit machines. */
const TIME_SIZE = 16
/** struct scm_timestamping: software, a deprecated one that is always 0, hardware. */
const SCM_TIMESTAMPING_SIZE = 3 * TIME_SIZE

/** struct timespec of SO_TIMESTAMPNS. @returns undefined where it was cut */
export function decodeTimespec(bytes: Uint8Array): MessageTimestamp | undefined {
  return stamp(bytes, 0, 1n, 'software')
}

/** struct timeval of SO_TIMESTAMP. @returns undefined where it was cut */
export function decodeTimeval(bytes: Uint8Array): MessageTimestamp | undefined {
  return stamp(bytes, 0, 1000n, 'software')
}

/** @returns those that were taken; undefined where it was cut */
export function decodeScmTimestamping(bytes: Uint8Array): MessageTimestamp[] | undefined {
  if (bytes.length < SCM_TIMESTAMPING_SIZE) return undefined
  const all = [stamp(bytes, 0, 1n, 'software'), stamp(bytes, 2 * TIME_SIZE, 1n, 'hardware')]
  return all.filter((one) => one !== undefined).filter(({ nanoseconds }) => nanoseconds !== 0n)
}

function stamp(
  bytes: Uint8Array,
  start: number,
  nanosecondsPerUnit: bigint,
  source: MessageTimestamp['source'],
): MessageTimestamp | undefined {
  if (bytes.length < start + TIME_SIZE) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, TIME_SIZE)
  const nanoseconds =
    view.getBigInt64(0, true) * 1_000_000_000n + view.getBigInt64(8, true) * nanosecondsPerUnit
  return { kind: 'timestamp', nanoseconds, source }
}
