/** The memory of recvmmsg(2) and sendmmsg(2) against the C headers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as udp from '../../src/sys/constants-udp.ts'
import * as block from '../../src/sys/message-block.ts'
import { evaluateInC, macrosOf, noCompiler } from '../sys/c-program.ts'

const HEADERS = ['stdio.h', 'stddef.h', 'sys/socket.h', 'sys/uio.h', 'limits.h', 'linux/udp.h']

test('70. struct mmsghdr, iovec and cmsghdr stand as the C headers say', { skip: noCompiler }, () => {
  const words = (word: number): number => word * 4
  const ours: Readonly<Record<string, number>> = {
    'sizeof(struct mmsghdr)': block.MMSGHDR_SIZE,
    'sizeof(struct iovec)': block.IOVEC_SIZE,
    'offsetof(struct mmsghdr, msg_hdr.msg_name)': words(block.NAME),
    'offsetof(struct mmsghdr, msg_hdr.msg_namelen)': words(block.NAME_LENGTH),
    'offsetof(struct mmsghdr, msg_hdr.msg_iov)': words(block.VECTOR),
    'offsetof(struct mmsghdr, msg_hdr.msg_iovlen)': words(block.VECTOR_COUNT),
    'offsetof(struct mmsghdr, msg_hdr.msg_control)': words(block.CONTROL),
    'offsetof(struct mmsghdr, msg_hdr.msg_controllen)': words(block.CONTROL_LENGTH),
    'offsetof(struct mmsghdr, msg_hdr.msg_flags)': words(block.FLAGS),
    'offsetof(struct mmsghdr, msg_len)': words(block.LENGTH),
    'offsetof(struct iovec, iov_len)': words(block.VECTOR_LENGTH),
    'offsetof(struct cmsghdr, cmsg_level)': block.CMSG_LEVEL,
    'offsetof(struct cmsghdr, cmsg_type)': block.CMSG_TYPE,
    'CMSG_LEN(0)': block.CMSG_DATA,
    'CMSG_SPACE(sizeof(unsigned short))': block.CMSG_DATA + 8,
    IOV_MAX: block.MOST_MESSAGES,
  }
  const truth = evaluateInC(Object.keys(ours), HEADERS)
  assert.deepEqual(ours, Object.fromEntries(Object.keys(ours).map((name, index) => [name, truth[index]])))
})

test('the constants of UDP are those of linux/udp.h, and none is missing', { skip: noCompiler }, () => {
  const names = macrosOf(['linux/udp.h']).filter((name) => name.startsWith('UDP_'))
  assert.ok(names.length >= 6, `${names.length} names`)
  const truth = evaluateInC(names, HEADERS)
  const ours = Object.fromEntries(
    names.map((name) => [name, Object.entries(udp).find(([n]) => n === name)?.[1]]),
  )
  assert.deepEqual(ours, Object.fromEntries(names.map((name, index) => [name, truth[index]])))
})
