/** Programs that are not ours as the other end of a stream: socat, ncat, curl, openssl. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AF_INET, SOCK_STREAM } from '../../src/sys/constants.ts'
import { socket } from '../../src/socket/open.ts'
import { ForeignProcess } from '../net/foreign-process.ts'
import { portOf } from '../socket/inet-address.ts'

/** A folder with five mebibytes to send, and what came back. */
export class Payload implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'portolan-foreign-'))
  readonly bytes = randomBytes(5 << 20)
  readonly sha256 = createHash('sha256').update(this.bytes).digest('hex')
  readonly input = join(this.folder, 'input')
  readonly output = join(this.folder, 'output')

  constructor() {
    writeFileSync(this.input, this.bytes)
  }

  /** Runs a program with the payload as its input and its output in a file. */
  feed(...command: readonly string[]): ForeignProcess {
    const redirected = 'input=$1 output=$2; shift 2; exec "$@" <"$input" >"$output"'
    return new ForeignProcess('sh', '-c', redirected, 'sh', this.input, this.output, ...command)
  }

  /** What the program wrote, as a checksum. */
  get received(): string {
    return createHash('sha256').update(readFileSync(this.output)).digest('hex')
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true })
  }
}

export type At = { readonly host: string; readonly port: number } | { readonly path: string }

let names = 0

/** A port that nobody has: ncat wants to be told one. */
function freePort(): number {
  using probe = socket(AF_INET, SOCK_STREAM)
  probe.bind({ host: '127.0.0.1', port: 0 })
  return portOf(probe)
}

/** A server; its words tell where it listens. */
export interface ForeignServer {
  readonly name: string
  readonly command: (folder: string) => readonly [at: At | undefined, ...command: string[]]
}

export function whereItListens(at: At | undefined, [, port]: RegExpExecArray): At {
  return at ?? { host: '127.0.0.1', port: Number(port) }
}

export const LISTENING = /listening on(?: AF=2 127\.0\.0\.1:(\d+))?/i

/** Two words of verbosity for where it listens, and the seconds it waits for one direction after the other has ended. */
const SOCAT = ['socat', '-d', '-d', '-t', '20'] as const

/** `what` is the other side for socat: a program, or its own input and output. */
export function socatServers(what: string): readonly ForeignServer[] {
  return [
    { name: 'socat over TCP', command: () => [undefined, ...SOCAT, 'TCP-LISTEN:0,bind=127.0.0.1', what] },
    {
      name: 'socat at a UNIX path',
      command: (folder) => {
        const path = join(folder, `socat-${++names}`)
        return [{ path }, ...SOCAT, `UNIX-LISTEN:${path}`, what]
      },
    },
  ]
}

/** What they are given as input they send, and what comes is their output. */
export const SERVERS: readonly ForeignServer[] = [
  ...socatServers('-'),
  {
    name: 'ncat over TCP',
    command: () => {
      const port = freePort()
      return [{ host: '127.0.0.1', port }, 'ncat', '-v', '-l', '127.0.0.1', String(port)]
    },
  },
  {
    name: 'ncat at a UNIX path',
    command: (folder) => {
      const path = join(folder, `ncat-${++names}`)
      return [{ path }, 'ncat', '-v', '-l', '-U', path]
    },
  },
]

const address = (at: At): string => ('path' in at ? at.path : `${at.host}:${at.port}`)

export interface ForeignClient {
  readonly name: string
  readonly unix: boolean
  readonly command: (at: At) => readonly string[]
}

/** The same, as clients. */
export const CLIENTS: readonly ForeignClient[] = [
  { name: 'socat over TCP', unix: false, command: (at) => [...SOCAT, '-', `TCP:${address(at)}`] },
  {
    name: 'socat at a UNIX path',
    unix: true,
    command: (at) => [...SOCAT, '-', `UNIX-CONNECT:${address(at)}`],
  },
  { name: 'ncat over TCP', unix: false, command: (at) => ['ncat', '-v', ...address(at).split(':')] },
  { name: 'ncat at a UNIX path', unix: true, command: (at) => ['ncat', '-v', '-U', address(at)] },
]
