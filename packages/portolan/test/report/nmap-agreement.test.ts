import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { PortEvent, ScanEvent } from '../../src/scan/events.ts'
import { readGrepable } from './grepable-reader.ts'
import { finished, host, port, reported, started } from './sample-events.ts'

/*
 * Two open and 30 closed ports, held by another program; nmap scans them and writes its three formats; our reports
 * of the same truth are compared with nmap's by nmap's own tool and by structure.
 */

// Bound but not listening: closed for as long as the test runs, because nobody else can take the port.
const LISTENER = `import socket, sys
held = []
for number in range(32):
    held.append(socket.socket())
    held[-1].bind(('127.0.0.1', 0))
held[0].listen(); held[1].listen()
print(' '.join(str(s.getsockname()[1]) for s in held), flush=True)
sys.stdin.read()`

const scratch = mkdtempSync(join(tmpdir(), 'portolan-nmap-'))
const base = join(scratch, 'truth')
const listener = spawn('python3', ['-c', LISTENER], { stdio: ['pipe', 'pipe', 'inherit'] })
let open: number[] = []
let all: number[] = []

before(async () => {
  const [line]: unknown[] = await once(listener.stdout, 'data')
  const ports = String(line).trim().split(' ').map(Number)
  open = ports.slice(0, 2).sort((a, b) => a - b)
  all = ports.sort((a, b) => a - b)
  execFileSync('nmap', ['-sT', '-n', '--reason', '-p', all.join(','), '-oA', base, '127.0.0.1'], {
    stdio: 'ignore',
  })
})

after(async () => {
  listener.stdin.end()
  await once(listener, 'exit')
  rmSync(scratch, { recursive: true })
})

function nmapWrote(extension: string): string {
  return readFileSync(`${base}.${extension}`, 'utf8')
}

/** The open ports, with the name that nmap's table gives to their numbers, if any: our table is not the subject. */
function openPorts(): PortEvent[] {
  const names = new Map(
    readGrepable(nmapWrote('gnmap')).flatMap(({ ports }) =>
      ports.map((of) => [of.port, of.service] as const),
    ),
  )
  return open.map((number) => {
    const name = names.get(number) ?? ''
    return port('127.0.0.1', number, name === '' ? {} : { service: { name, confidence: 'port' } })
  })
}

function scanOf(ports: readonly PortEvent[]): ScanEvent[] {
  const closed = all.length - ports.length
  return [
    started({ ports: all.join(','), probes: all.length }),
    ...ports,
    host('127.0.0.1', { open: ports.length, closed }),
    finished({ open: ports.length, closed, probes: all.length }),
  ]
}

async function ndiff(events: ScanEvent[]): Promise<{ status: number | null; stdout: string }> {
  const ours = join(scratch, 'ours.xml')
  writeFileSync(ours, await reported('xml', events))
  const { status, stdout } = spawnSync('ndiff', [`${base}.xml`, ours], { encoding: 'utf8' })
  return { status, stdout }
}

test("ndiff finds no difference between nmap's XML and ours of the same truth", async () => {
  const { status, stdout } = await ndiff(scanOf(openPorts()))
  assert.equal(status, 0, stdout)
})

test('ndiff sees the one port that our XML lacks', async () => {
  const { status, stdout } = await ndiff(scanOf(openPorts().slice(0, 1)))
  assert.equal(status, 1)
  assert.match(stdout, new RegExp(`^-${open[1]}/tcp +open`, 'm'))
})

test("the grepable lines are field for field those of nmap's", async () => {
  const nmap = nmapWrote('gnmap')
  const ours = await reported('grepable', scanOf(openPorts()))
  assert.deepEqual(readGrepable(ours), readGrepable(nmap))
  const lines = (text: string): string[] => text.split('\n').filter((line) => !line.startsWith('#'))
  assert.deepEqual(lines(ours), lines(nmap))
})

test("a host without open ports reads as nmap's", async () => {
  const closed = all.filter((number) => !open.includes(number)).join(',')
  const nmap = execFileSync('nmap', ['-sT', '-n', '-p', closed, '-oG', '-', '127.0.0.1'], {
    encoding: 'utf8',
  })
  const ours = await reported('grepable', [started(), host('127.0.0.1', { closed: 30 }), finished()])
  assert.deepEqual(readGrepable(ours), readGrepable(nmap))
})

test("the normal report lists the ports in nmap's words and columns", async () => {
  const rows = (text: string): string[][] =>
    text
      .split('\n')
      .filter((line) => /^(?:PORT|Not shown|\d)/.test(line))
      // nmap writes "unknown" for a port without a name, which is a state's name here.
      .map((line) => line.split(/ +/).map((cell) => (cell === 'unknown' ? '-' : cell)))
  assert.deepEqual(
    rows(await reported('normal', scanOf(openPorts()), { reason: true })),
    rows(nmapWrote('nmap')),
  )
})
