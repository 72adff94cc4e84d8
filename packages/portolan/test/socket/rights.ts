/** Descriptors in messages, for tests that send them. */
import assert from 'node:assert/strict'
import type { Message } from '../../src/socket/message.ts'
import type { DescriptorSource, OutgoingControl } from '../../src/socket/outgoing-control.ts'
import type { OwnedDescriptor } from '../../src/socket/owned-descriptor.ts'

export function rights(...descriptors: readonly DescriptorSource[]): OutgoingControl[] {
  return [{ kind: 'rights', descriptors }]
}

/** What came with a message; it stays the message's to close. */
export function descriptorsOf(message: Message<Uint8Array | number> | null | undefined): OwnedDescriptor[] {
  assert.ok(message)
  return message.control.flatMap((one) => (one.kind === 'rights' ? one.descriptors : []))
}
