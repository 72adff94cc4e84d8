import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { AF_INET, SOCK_DGRAM } from '../../src/sys/constants.ts'
import { descriptorLimit, ephemeralRange } from '../../src/sys/limits.ts'
import { socket } from '../../src/socket/open.ts'
import { portOf } from '../socket/inet-address.ts'
import { ScriptProcess } from '../socket/script-process.ts'

test('the descriptor limit is the one in /proc/self/limits', () => {
  const [, soft, hard] =
    /^Max open files\s+(\S+)\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
  assert.deepEqual(descriptorLimit(), { soft: Number(soft), hard: Number(hard) })
})

test('raising goes to the wanted number, stops at the hard limit, never lowers, and leaves the hard limit', async () => {
  const limits = new URL('../../src/sys/limits.ts', import.meta.url).href
  await using script = new ScriptProcess(
    `import { descriptorLimit, raiseDescriptorLimit } from '${limits}'
import { execFileSync } from 'node:child_process'
const { hard } = descriptorLimit()
execFileSync('prlimit', ['--nofile=100:' + hard, '--pid', String(process.pid)])
const out = [hard, descriptorLimit().soft]
for (const wanted of [50, 100, 150.9, NaN, Infinity]) out.push(raiseDescriptorLimit(wanted))
console.log(JSON.stringify([...out, descriptorLimit()]))`,
  )
  const { stdout, stderr } = await script.ended
  const { hard } = descriptorLimit()
  assert.deepEqual(JSON.parse(stdout === '' ? stderr : stdout), [
    hard,
    100,
    100,
    100,
    150,
    150,
    hard,
    { soft: hard, hard },
  ])
})

test('the source ports that the kernel chooses lie in the range', () => {
  const { first, last } = ephemeralRange()
  assert.ok(0 < first && first < last && last <= 65_535)
  for (let i = 0; i < 200; i++) {
    using udp = socket(AF_INET, SOCK_DGRAM)
    udp.bind({ host: '127.0.0.1', port: 0 })
    const port = portOf(udp)
    assert.ok(first <= port && port <= last, String(port))
  }
})
