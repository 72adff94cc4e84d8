/**
 * A program in a network namespace that nothing else is in: what it sends reaches no one but the peer it made. The
 * namespace ends with its last process, however that ends.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readlinkSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { PythonPeer } from './python-peer.ts'

const LONGEST_RUN = 60_000
const OUTSIDE = 'PORTOLAN_TEST_OUTER_NETWORK'

/** Runs a script with one argument in a namespace of its own. @throws AssertionError with its output where it fails */
export async function runInOwnNetwork(script: URL, argument: string): Promise<void> {
  const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']
  const argv = [...asRoot, '--net', process.execPath, '--conditions=source', fileURLToPath(script), argument]
  const child = spawn('unshare', argv, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, [OUTSIDE]: readlinkSync('/proc/self/ns/net') },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => void (output += chunk.toString()))
  const killer = setTimeout(() => void child.kill('SIGKILL'), LONGEST_RUN)
  await once(child, 'close')
  clearTimeout(killer)
  assert.equal(child.exitCode, 0, output)
}

function ip(command: string): string {
  return execFileSync('ip', command.split(' ')).toString()
}

/**
 * Two hosts on one wire: this process has 198.18.0.1 and 2001:2::1 on `near`, Python, in a namespace of its own,
 * 198.18.0.2 and .3, 2001:2::2 and ::3 on `far`. Groups go over the wire. On `side`, a second interface, nobody listens.
 *
 * @throws AssertionError in the namespace of the machine: multicast must not leave a test
 */
export async function wireToPython(): Promise<PythonPeer> {
  assert.ok(process.env[OUTSIDE], 'only within runInOwnNetwork')
  assert.notEqual(readlinkSync('/proc/self/ns/net'), process.env[OUTSIDE])
  const python = new PythonPeer()
  // CLONE_NEWNET of sched.h.
  await python.run(`
import ctypes, json, subprocess
def ip(command): return subprocess.run(['ip', *command.split()], check=True, capture_output=True).stdout
if ctypes.CDLL(None).unshare(0x40000000) != 0: raise RuntimeError('unshare')`)
  ip('link set lo up')
  ip(`link add near mtu 1500 type veth peer name far netns ${python.pid}`)
  for (const command of wiring('near', [1])) ip(command)
  ip('link add side type veth peer name blind')
  for (const device of ['side', 'blind']) {
    ip(`link set ${device} addrgenmode none`)
    ip(`link set ${device} up`)
  }
  await python.run(`for command in commands: ip(command)`, {
    commands: wiring('far', [2, 3]),
  })
  // A frame that is sent before the kernel has noticed the carrier is lost.
  for (let tries = 0; ; tries++) {
    const far = await python.text(`out = ip('-o link show far').decode()`)
    const lines = [ip('-o link show near'), ip('-o link show side'), far]
    if (lines.every((line) => line.includes('state UP'))) return python
    assert.ok(tries < 100, lines.join('\n'))
    await delay(50)
  }
}

function wiring(device: string, hosts: readonly number[]): string[] {
  return [
    // No link-local address: nothing but the tests speaks on the wire.
    `link set ${device} addrgenmode none`,
    ...hosts.map((host) => `address add 198.18.0.${host}/24 dev ${device}`),
    ...hosts.map((host) => `address add 2001:2::${host}/64 dev ${device} nodad`),
    `link set ${device} up`,
    `route add 224.0.0.0/4 dev ${device}`,
    // Before the routes of the same kind that every interface gets.
    `-6 route add multicast ff00::/8 dev ${device} table local metric 1`,
  ]
}
