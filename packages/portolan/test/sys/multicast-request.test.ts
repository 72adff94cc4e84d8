import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AF_INET, AF_INET6 } from '../../src/sys/constants.ts'
import {
  GROUP_OFFSET,
  GROUP_REQ_SIZE,
  GROUP_SOURCE_REQ_SIZE,
  groupRequest,
  IFINDEX_OFFSET,
  IP_MREQN_SIZE,
  multicastInterface,
  SOURCE_OFFSET,
} from '../../src/sys/multicast-request.ts'
import { encodeSockaddr } from '../../src/sys/sockaddr.ts'
import { evaluateInC, noCompiler } from './c-program.ts'

test('sizes and offsets of multicast requests are those of the C headers', { skip: noCompiler }, () => {
  const ours: Readonly<Record<string, number>> = {
    'sizeof(struct group_req)': GROUP_REQ_SIZE,
    'offsetof(struct group_req, gr_interface)': 0,
    'offsetof(struct group_req, gr_group)': GROUP_OFFSET,
    'sizeof(struct group_source_req)': GROUP_SOURCE_REQ_SIZE,
    'offsetof(struct group_source_req, gsr_interface)': 0,
    'offsetof(struct group_source_req, gsr_group)': GROUP_OFFSET,
    'offsetof(struct group_source_req, gsr_source)': SOURCE_OFFSET,
    'sizeof(struct ip_mreqn)': IP_MREQN_SIZE,
    'offsetof(struct ip_mreqn, imr_ifindex)': IFINDEX_OFFSET,
  }
  const truth = evaluateInC(Object.keys(ours))
  assert.deepEqual(ours, Object.fromEntries(Object.keys(ours).map((name, index) => [name, truth[index]])))
})

test('a request holds interface, group and source, and nothing else', () => {
  const noIndex = (): number => 0
  const group = encodeSockaddr(AF_INET, { host: '239.1.2.3', port: 0 }, noIndex)
  const source = encodeSockaddr(AF_INET, { host: '198.18.0.1', port: 0 }, noIndex)
  const group6 = encodeSockaddr(AF_INET6, { host: 'ff0e::1', port: 0 }, noIndex)
  const padded = (bytes: Uint8Array): Buffer => Buffer.concat([bytes, new Uint8Array(128 - bytes.length)])
  const index = Buffer.from([5, 1, 0, 0, 0, 0, 0, 0])
  assert.deepEqual(Buffer.from(groupRequest(0x105, group)), Buffer.concat([index, padded(group)]))
  assert.deepEqual(Buffer.from(groupRequest(0x105, group6)), Buffer.concat([index, padded(group6)]))
  assert.deepEqual(
    Buffer.from(groupRequest(0x105, group, source)),
    Buffer.concat([index, padded(group), padded(source)]),
  )
  assert.deepEqual([...multicastInterface(0x105)], [0, 0, 0, 0, 0, 0, 0, 0, 5, 1, 0, 0])
})
