/** A strict reader of nmap's grepable format, after the description in nmap's reference guide. */
import assert from 'node:assert/strict'

interface GrepableHost {
  host: string
  name: string
  status: string | undefined
  ports: { port: number; state: string; protocol: string; service: string; fields: number }[]
  ignored: string | undefined
}

/** @throws AssertionError on anything that is not a comment or a host line */
export function readGrepable(text: string): GrepableHost[] {
  const hosts: GrepableHost[] = []
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const [head = '', ...rest] = line.split('\t')
    const [, host, name] = /^Host: (\S+) \(([^()\s]*)\)$/.exec(head) ?? []
    assert.ok(host !== undefined && name !== undefined, line)
    const fields = new Map(
      rest.map((field) => {
        const [, key, value] = /^([A-Z][A-Za-z ]*): (.*)$/.exec(field) ?? []
        assert.ok(key !== undefined && value !== undefined, line)
        return [key, value]
      }),
    )
    const ports = fields.get('Ports')
    hosts.push({
      host,
      name,
      status: fields.get('Status'),
      ignored: fields.get('Ignored State'),
      ports: ports === undefined || ports === '' ? [] : ports.split(', ').map(readPort),
    })
  }
  return hosts
}

function readPort(text: string): GrepableHost['ports'][number] {
  const fields = text.split('/')
  const [port, state, protocol, owner, service, rpc, , end] = fields
  assert.ok(
    port !== undefined && state !== undefined && protocol !== undefined && service !== undefined,
    text,
  )
  assert.match(port, /^\d+$/)
  assert.deepEqual([owner, rpc, end, fields.length], ['', '', '', 8], text)
  return { port: Number(port), state, protocol, service, fields: fields.length }
}
