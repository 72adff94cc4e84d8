/** The lab on the wire, seen with foreign eyes: Python's sockets, nmap, ss. Needs root, as the lab does. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { connectTo, echo } from '../../../../lab/foreign-client.ts'
import { createLab, type HostSpec, type Lab, type Listener } from '../../../../lab/lab.ts'

const WEB: HostSpec = {
  addresses: ['198.18.0.10', '2001:2::10'],
  ranges: ['198.18.128.0/17', '2001:2:0:1::/64'],
  ports: {
    21: { kind: 'accept' },
    22: { kind: 'banner', text: 'SSH-2.0-lab ünï\r\n' },
    23: { kind: 'accept-and-reset' },
    24: { kind: 'silent' },
    25: { kind: 'full-backlog' },
    '1000-1010': { kind: 'accept' },
    1005: { kind: 'accept-and-reset' },
  },
}

const WALL: HostSpec = {
  addresses: ['198.18.0.20', '2001:2::20'],
  ports: { '1-50': { kind: 'accept' } },
  firewall: [
    { ports: 9, action: 'reject-rst' },
    { ports: '1-10', action: 'drop' },
    { ports: '11-20', action: 'reject-rst' },
    { ports: '21-30', action: 'reject-icmp' },
    { ports: '31-40', action: 'reject-icmp', icmp: 'admin-prohibited' },
    { ports: '41-44', action: 'reject-icmp', icmp: 'host-unreachable' },
    { ports: 101, action: 'drop', protocol: 'udp' },
    { ports: 102, action: 'reject-icmp', icmp: 'admin-prohibited', protocol: 'udp' },
  ],
}

/** nmap's reason for each port, of a SYN and UDP scan. */
async function reasons(lab: Lab, address: string, ports: string): Promise<Record<string, string>> {
  const six = address.includes(':') ? ['-6'] : []
  const argv = ['nmap', ...six, '-sS', '-sU', '-n', '-Pn', '--reason', '--max-retries', '2', '-p', ports]
  const { stdout } = await lab.run([...argv, address])
  const lines = stdout.matchAll(/^(\d+\/(?:tcp|udp)) +\S+ +\S+ +(\S+)/gm)
  return Object.fromEntries(Array.from(lines, ([, port = '', reason = '']) => [port, reason]))
}

function portsOf(listeners: readonly Listener[], address: string): number[] {
  return listeners
    .filter((listener) => listener.address === address)
    .map((listener) => listener.port)
    .sort((a, b) => a - b)
}

/** Five in a hundred of a thousand: the bounds are five standard deviations away, and more. */
function assertFivePercent(lost: number, direction: string): void {
  assert.ok(lost > 0.01 && lost < 0.12, `${(lost * 100).toFixed(1)} % lost on the way ${direction}, not 5 %`)
}

for (const topology of ['bridge', 'routed'] as const)
  describe(`a ${topology} lab`, { concurrency: true }, () => {
    test('has every behaviour on the wire, on IPv4, IPv6 and whole ranges', async () => {
      await using lab = await createLab({ topology, hosts: { web: WEB } })
      assert.equal(lab.topology, topology)
      const expected: Record<number, string[]> = {
        20: ['refused'],
        21: ['connected', 'end'],
        22: ['connected', 'text SSH-2.0-lab ünï\r\n', 'end'],
        23: ['connected', 'reset'],
        24: ['connected', 'quiet', 'end'],
        25: ['no answer'],
        1004: ['connected', 'end'],
        1005: ['connected', 'reset'],
      }
      const cases = Object.entries(expected).flatMap(([port, seen]) =>
        ['198.18.0.10', '2001:2::10'].map((address) => ({ address, port: Number(port), seen })),
      )
      for (const address of ['198.18.128.0', '198.18.200.7', '198.18.255.255', '2001:2:0:1:2:3:4:5'])
        cases.push({ address, port: 21, seen: ['connected', 'end'] })
      const seen = await connectTo(lab, cases)
      assert.deepEqual(
        cases.map((one, index) => ({ ...one, seen: seen[index] })),
        cases,
      )
    })

    test('has every firewall action on the wire, the first matching rule deciding', async () => {
      await using lab = await createLab({ topology, hosts: { wall: WALL } })
      const [four, six] = await Promise.all(
        ['198.18.0.20', '2001:2::20'].map((address) =>
          reasons(lab, address, 'T:1,9,10,11,20,21,31,41,45,51,U:101,102,103'),
        ),
      )
      assert.deepEqual(four, {
        '1/tcp': 'no-response',
        '9/tcp': 'reset',
        '10/tcp': 'no-response',
        '11/tcp': 'reset',
        '20/tcp': 'reset',
        '21/tcp': 'port-unreach',
        '31/tcp': 'admin-prohibited',
        '41/tcp': 'host-unreach',
        '45/tcp': 'syn-ack',
        '51/tcp': 'reset',
        '101/udp': 'no-response',
        '102/udp': 'admin-prohibited',
        '103/udp': 'port-unreach',
      })
      assert.deepEqual(six, four)
      assert.equal(portsOf(await lab.listening('wall'), '0.0.0.0').length, 50, 'a filter hides no listener')
    })

    test('answers every rejected probe by ICMP, unless the kernel is to limit its errors', async () => {
      const firewall = [{ ports: '1-30', action: 'reject-icmp' }] as const
      await using lab = await createLab({
        topology,
        hosts: {
          eager: { addresses: ['198.18.0.50', '2001:2::50'], firewall },
          weary: { addresses: ['198.18.0.51'], firewall, icmpRateLimit: true },
        },
      })
      const [four, six, limited] = await Promise.all(
        ['198.18.0.50', '2001:2::50', '198.18.0.51'].map(async (address) => {
          const ports = Array.from({ length: 30 }, (_, index) => ({ address, port: index + 1 }))
          return Object.groupBy((await connectTo(lab, ports)).flat(), (outcome) => outcome)
        }),
      )
      assert.deepEqual([four?.['refused']?.length, six?.['refused']?.length], [30, 30])
      assert.ok(limited?.['refused'] && limited['no answer'], JSON.stringify(limited))
    })

    test("loses, polices and narrows what crosses a host's link", async () => {
      await using lab = await createLab({
        topology,
        hosts: {
          lossy: { addresses: ['198.18.0.30'], link: { lossPercent: 5 } },
          policed: { addresses: ['198.18.0.31'], link: { packetsPerSecond: 50 } },
          narrow: { addresses: ['198.18.0.32'], link: { rate: '512kbit' } },
          plain: { addresses: ['198.18.0.33'] },
        },
      })
      const [lossy, policed, narrow, plain] = await Promise.all([
        echo(lab, 'lossy', 1000, 8),
        echo(lab, 'policed', 500, 8),
        echo(lab, 'narrow', 500, 1000),
        echo(lab, 'plain', 500, 8),
      ])
      assertFivePercent(1 - lossy.there / 1000, 'there')
      assertFivePercent(1 - lossy.back / lossy.there, 'back')
      // The policer would need 10 s to let all of them through, the bottleneck 8 s; they are sent at once. The policer's
      // burst of five is shared with what the kernels send by themselves (ARP, multicast reports).
      assert.ok(policed.there >= 1 && policed.there < 500, `${policed.there} of 500 passed the policer`)
      assert.ok(narrow.there >= 50 && narrow.there < 500, `${narrow.there} of 500 passed the bottleneck`)
      assert.deepEqual(plain, { there: 500, back: 500 })
    })

    test('puts the conditions of the whole lab between the scanner and every host', async () => {
      const hosts = { a: { addresses: ['198.18.0.40'] }, b: { addresses: ['198.18.0.41'] } }
      await using narrow = await createLab({ topology, hosts, link: { rate: '512kbit' } })
      const [a, b] = await Promise.all([echo(narrow, 'a', 250, 1000), echo(narrow, 'b', 250, 1000)])
      assert.ok(a.there + b.there >= 50 && a.there + b.there < 500, `${a.there} and ${b.there} of 250 passed`)
      await using lossy = await createLab({ topology, hosts, link: { lossPercent: 5 } })
      const both = await Promise.all([echo(lossy, 'a', 1000, 8), echo(lossy, 'b', 1000, 8)])
      for (const { there, back } of both) {
        assertFivePercent(1 - there / 1000, 'there')
        assertFivePercent(1 - back / there, 'back')
      }
    })
  })

test('listening tells what the kernel says, declared or not', async () => {
  const six: HostSpec = { addresses: ['2001:2::6'], ports: { 7: { kind: 'accept' } } }
  await using lab = await createLab({ hosts: { web: WEB, six } })
  const declared = [21, 22, 23, 24, 25, ...Array.from({ length: 11 }, (_, index) => 1000 + index)]
  assert.deepEqual(portsOf(await lab.listening('web'), '0.0.0.0'), declared)
  assert.deepEqual(portsOf(await lab.listening('web'), '::'), declared)
  assert.deepEqual(await lab.listening('six'), [{ address: '::', port: 7 }])
  await assert.rejects(lab.listening('nobody'), {
    name: 'LabError',
    message: /no host 'nobody'; hosts: web, six/,
  })

  // Something nobody declared; it listens until the lab is closed.
  const source = 'import socket, time; s = socket.create_server(("127.0.0.1", 7777)); time.sleep(1000)'
  const stranger = lab.runIn('web', ['python3', '-c', source])
  for (let attempt = 0; attempt < 200 && !portsOf(await lab.listening('web'), '127.0.0.1').includes(7777);)
    attempt++
  assert.deepEqual(portsOf(await lab.listening('web'), '127.0.0.1'), [7777])
  await lab.close()
  assert.equal((await stranger).signal, 'SIGKILL')
})

test('a host can listen on all 65,535 ports, whatever the descriptor limit', async () => {
  const all: HostSpec = { addresses: ['198.18.0.10'], ports: { '1-65535': { kind: 'accept' } } }
  await using lab = await createLab({ hosts: { all } })
  const ports = portsOf(await lab.listening('all'), '0.0.0.0')
  assert.deepEqual([ports[0], new Set(ports).size, ports.at(-1)], [1, 65_535, 65_535])
  assert.deepEqual(await connectTo(lab, [{ address: '198.18.0.10', port: 65_535 }]), [['connected', 'end']])
})
