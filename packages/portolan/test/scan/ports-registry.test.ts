import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import {
  describePort,
  isNamed,
  isRegistered,
  namedPorts,
  portClass,
  serviceName,
} from '../../src/scan/ports/registry.ts'
import { findServices, nearestServiceName } from '../../src/scan/ports/service-search.ts'
import { WELL_KNOWN_USES } from '../../src/scan/ports/well-known-uses.ts'
import type { Protocol } from '../../src/scan/states.ts'

const ASK_THE_SYSTEM = `
import json, socket
known = []
for protocol in ('tcp', 'udp'):
    for port in range(1, 12000):
        try:
            known.append([protocol, port, socket.getservbyport(port, protocol)])
        except OSError:
            pass
print(json.dumps(known))
`

test('names agree with the system’s own service database', () => {
  const output = execFileSync('python3', ['-c', ASK_THE_SYSTEM], { encoding: 'utf8' })
  const system: [Protocol, number, string][] = JSON.parse(output)
  assert.ok(system.length >= 200, `the system knows only ${system.length} services: is /etc/services there?`)
  const plain = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
  const both = system.filter(([protocol, port]) => isRegistered(protocol, port))
  const differing = both.filter(([protocol, port, name]) => {
    const service = describePort(protocol, port)
    return ![service?.name, ...(service?.aliases ?? [])].some((ours) => plain(ours ?? '') === plain(name))
  })
  // The tail of Debian's file is names that it says itself are not IANA's (zebra, kamanda, x11-1): a fifth of all.
  assert.ok(both.length >= 180, `both know only ${both.length}`)
  assert.ok(differing.length < both.length * 0.25, JSON.stringify(differing))
})

test('names everybody knows are the ones the system gives', () => {
  const ports = [21, 22, 23, 25, 53, 79, 80, 88, 110, 111, 119, 139, 179, 389, 443, 445, 465, 587, 631, 636]
  ports.push(853, 873, 993, 995, 1194, 1433, 2049, 3306, 3389, 3690, 4369, 5060, 5222, 5432, 5671, 5672, 6379)
  const asked = `import socket, sys\nfor p in sys.argv[1:]: print(socket.getservbyport(int(p), 'tcp'))`
  const names = execFileSync('python3', ['-c', asked, ...ports.map(String)], { encoding: 'utf8' })
  for (const [index, name] of names.trim().split('\n').entries()) {
    const port = ports[index] ?? 0
    assert.equal(serviceName('tcp', port), name, String(port))
  }
})

test('ranges of the registry reach their ends', () => {
  for (const port of [6000, 6001, 6063]) assert.equal(serviceName('tcp', port), 'x11')
  assert.equal(serviceName('tcp', 6064), 'ndl-ahp-svc')
  assert.equal(serviceName('tcp', 6665), 'ircu')
})

test('tcp and udp are told apart', () => {
  assert.equal(serviceName('tcp', 514), 'shell')
  assert.equal(serviceName('udp', 514), 'syslog')
  assert.equal(serviceName('udp', 6379), undefined)
  assert.equal(describePort('udp', 6379), undefined)
  assert.equal(isNamed('udp', 6379), false)
})

test('a name of our own keeps IANA’s as an alias and says why', () => {
  const service = describePort('tcp', 9200)
  assert.equal(service?.name, 'elasticsearch')
  assert.deepEqual(service.aliases, ['wap-wsp'])
  assert.match(service.reason ?? '', /IANA/)
  assert.equal(describePort('tcp', 22)?.reason, undefined)
})

test('names of our own are needed: each differs from IANA’s and none is given twice', () => {
  const seen = new Set<string>()
  for (const { protocol, ports, name, reason } of WELL_KNOWN_USES) {
    assert.notEqual(reason, '')
    for (const port of ports) {
      const key = `${protocol} ${port}`
      assert.ok(!seen.has(key), key)
      seen.add(key)
      const ianaOnly = describePort(protocol, port)?.aliases[0]
      assert.notEqual(ianaOnly, name, key)
      if (!isRegistered(protocol, port)) continue
      assert.notEqual(ianaOnly, undefined, `${key} is IANA's name already`)
    }
  }
})

test('classes change where RFC 6335 section 6 says', () => {
  const classes = [0, 1023, 1024, 49_151, 49_152, 65_535].map(portClass)
  assert.deepEqual(classes, ['well-known', 'well-known', 'registered', 'registered', 'dynamic', 'dynamic'])
})

test('every name fits the shape that rows and masks count on', () => {
  const services = namedPorts()
  assert.ok(services.length > 11_000, String(services.length))
  for (const { name, aliases, port, description } of services) {
    for (const each of [name, ...aliases]) assert.match(each, /^[\w+./*-]+$/, String(port))
    assert.match(description, /^[\x20-\x7e]{0,60}$/, String(port))
  }
})

test('services are found by name, alias and mask in any case', () => {
  const ports = (mask: string) => findServices(mask).map(({ protocol, port }) => `${port}/${protocol}`)
  assert.deepEqual(ports('SSH'), ['22/tcp', '22/udp'])
  assert.deepEqual(ports('www-http'), ['80/tcp', '80/udp'])
  assert.deepEqual(ports('mysql?'), ['33060/tcp'])
  assert.deepEqual(ports('no-such-service'), [])
  assert.deepEqual(ports('*').length, namedPorts().length)
  for (const { name } of findServices('*sql*')) assert.match(name, /sql|oracle/)
})

test('a misspelt name finds its neighbour, a strange one none', () => {
  const words = ['htpp', 'shh', 'mysqll', 'postgres', 'telent', 'kubernets', 'q', 'qqqqqqqqq']
  assert.deepEqual(
    words.map((word) => nearestServiceName(word, ['tcp'])),
    ['http', 'ssh', 'mysql', 'postgresql', 'telnet', 'kubernetes', undefined, undefined],
  )
})
