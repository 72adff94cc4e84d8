/** A program of ours in a process of its own, to be killed in the middle of its work. */
import { ForeignProcess } from '../net/foreign-process.ts'

/** 251 is prime, so that a lost or doubled block shows. */
export const BLOCK = Uint8Array.from({ length: 251 * 400 }, (_, index) => index % 251)

/** Bytes that are more than the buffers on the way hold (tcp_rmem, tcp_wmem), so that both sides are at it. */
export const ENOUGH = 2_000_000

/** A wait that takes as long is one for ever. */
export const LONG = { timeout: 10_000 }

const INDEX = new URL('../../src/index.ts', import.meta.url).href

/** Has `connect`, `listen`, and `block`, which is {@link BLOCK}. Disposing of it is `kill -9`. */
export function portolan(lines: string): ForeignProcess {
  const program = `import { connect, listen } from '${INDEX}'
const block = Uint8Array.from({ length: ${BLOCK.length} }, (_, index) => index % 251)
${lines}`
  return new ForeignProcess(process.execPath, '--conditions=source', '--input-type=module', '-e', program)
}
