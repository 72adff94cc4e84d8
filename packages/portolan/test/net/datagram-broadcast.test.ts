/** Broadcast, in a network namespace that ends with the process in it. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

const needsRoot = process.getuid?.() === 0 ? false : 'a network namespace needs root'

// A wire with both ends here: its broadcasts come back to this host's own sockets (ip_mc_output).
const WIRE = `ip link set lo up && ip link add one type veth peer name two && ip address add 198.18.7.1/24 broadcast 198.18.7.255 dev one
ip link set one up && ip link set two up && exec "$@"`

const PROGRAM = `import { datagram } from '${new URL('../../src/net/datagram.ts', import.meta.url).href}'
const listening = new Map()
for (const host of ['0.0.0.0', '198.18.7.255', '198.18.7.1'])
  listening.set(host, await datagram({ host, port: 7007 }, { reusePort: true }))
const to = { host: '198.18.7.255', port: 7007 }
const out = { codes: [], heard: {} }
const plain = await datagram({ host: '198.18.7.1' })
for (const send of [() => plain.send('no', to), () => plain.sendBatch([{ data: 'no', address: to }])])
  out.codes.push(await send().then(() => 'sent', (error) => error.code))
const loud = await datagram({ host: '198.18.7.1' }, { broadcast: true })
await loud.send('one', to)
await loud.sendBatch(['two', 'six', 'ten'].map((data) => ({ data, address: to })))
for (const [host, sock] of listening) {
  out.heard[host] = []
  for (;;) {
    const got = await sock.receive({ timeout: 200 }).catch(() => undefined)
    if (got === undefined) break
    out.heard[host].push([new TextDecoder().decode(got.data), got.address.host])
  }
}
for (const sock of [...listening.values(), plain, loud]) await sock.close()
console.log(JSON.stringify(out))`

test(
  '71. broadcast needs the option; with it all who listen hear it, in bulk too',
  { skip: needsRoot },
  () => {
    const { stdout, stderr, status } = spawnSync(
      'unshare',
      ['--net', 'sh', '-c', WIRE, 'sh', process.execPath, '--input-type=module', '-e', PROGRAM],
      { encoding: 'utf8', timeout: 30_000 },
    )
    assert.equal(status, 0, stderr)
    const heard = ['one', 'two', 'six', 'ten'].map((word) => [word, '198.18.7.1'])
    assert.deepEqual(JSON.parse(stdout), {
      codes: ['EACCES', 'EACCES'],
      heard: { '0.0.0.0': heard, '198.18.7.255': heard, '198.18.7.1': [] },
    })
  },
)
