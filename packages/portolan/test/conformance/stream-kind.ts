/** What the conformance tests of streams need to know about a kind of stream. */
import assert from 'node:assert/strict'
import type { ByteStream } from '../../src/net/byte-stream.ts'

export type End = ByteStream & AsyncDisposable
export type EndPair = readonly [End, End]

/** For each test: what waits for ever is to fail here, and not when the whole run is given up. */
export const LIMIT = { timeout: 30_000 }

/** What the peer of `reset` sees. */
export type ResetSeen =
  /** What came before, then ECONNRESET. */
  | 'data, then the error'
  /** ECONNRESET; what came before and was not read is gone. */
  | 'the error'
  /** What came before, then the end: the kind of stream has no reset. */
  | 'data, then the end'

export interface StreamKind {
  readonly name: string
  readonly make: () => Promise<EndPair>
  /** How many descriptors of this process a pair has. */
  readonly descriptors: number
  readonly reset: ResetSeen
  /** Whether the first write to a peer that has closed still succeeds, or is refused already. */
  readonly writeToClosed: 'first is taken' | 'refused' | 'either'
  /** What the peer of a close in the middle of a write reads in the end. */
  readonly cutShort: 'the end' | 'ERR_TLS_TRUNCATED'
  /** Most bytes that a writer can hand over while nobody reads. */
  readonly room: number
  /** Most bytes of a write that was given up which arrive beyond those that its error counts. */
  readonly inFlight: number
  /** Web streams know neither signals nor timeouts nor reads of nothing: there the connection below has them. */
  readonly isWeb: boolean
  /** Whether its bytes pass `libc.recv` and `libc.send`. */
  readonly callsLibc: boolean
}

/** Runs with both ends and closes them, also after a failure. */
export async function withEnds(
  { make }: Pick<StreamKind, 'make'>,
  work: (one: End, other: End) => Promise<void>,
): Promise<void> {
  const [one, other] = await make()
  try {
    await work(one, other)
  } finally {
    await Promise.all([one.close(), other.close()])
  }
}

/** The code of the error that a call ends with. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  const outcome: unknown = await call.then(
    (value) => new assert.AssertionError({ message: `Resolved to ${String(value)}` }),
    (error: unknown) => error,
  )
  if (outcome instanceof Error && 'code' in outcome && typeof outcome.code === 'string') return outcome.code
  throw outcome
}

/** Everything until the end of the stream. */
export async function readAll(from: ByteStream): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for (let part = await from.read(); part !== null; part = await from.read()) parts.push(part)
  return Buffer.concat(parts)
}

/** Exactly so many bytes, however they come. */
export async function readCount(from: ByteStream, count: number): Promise<Buffer> {
  const whole = Buffer.alloc(count)
  for (let at = 0; at < count;) {
    const taken = await from.read(whole.subarray(at))
    assert.ok(taken !== null, `the end after ${at} of ${count} bytes`)
    at += taken
  }
  return whole
}

export async function readText(from: ByteStream, length: number): Promise<string> {
  return (await readCount(from, length)).toString('latin1')
}
