/** Sending in pieces of chosen sizes, and taking everything in: what tests of framing share. */
import { setImmediate as turn } from 'node:timers/promises'
import type { Connection } from '../../src/net/connection.ts'
import type { FrameCodec } from '../../src/net/framing.ts'
import { pipe } from '../../src/net/pipe.ts'

/** Sends the bytes in pieces of these sizes, round and round, each as a read of its own, then the end. */
export async function sendInPieces(
  conn: Connection,
  bytes: Uint8Array,
  sizes: readonly number[],
): Promise<void> {
  for (let at = 0, piece = 0; at < bytes.byteLength; piece++) {
    const size = sizes[piece % sizes.length] ?? 1
    await conn.write(bytes.subarray(at, at + size))
    at += size
    // A turn for the reader, so that it sees this piece alone.
    await turn()
  }
  await conn.closeWrite()
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** A character a byte. */
export function text(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString('latin1')
}

/** All frames of the bytes, which come in pieces of these sizes. */
export async function decodeAll(
  codec: FrameCodec,
  bytes: Uint8Array,
  pieces: readonly number[],
): Promise<string[]> {
  const [one, other] = pipe()
  try {
    const [, frames] = await Promise.all([sendInPieces(one, bytes, pieces), collect(other.frames(codec))])
    return frames.map((frame) => text(frame) ?? '')
  } finally {
    await Promise.all([one.close(), other.close()])
  }
}
