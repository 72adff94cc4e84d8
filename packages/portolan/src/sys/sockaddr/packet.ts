/** struct sockaddr_ll: packet(7). The protocol is in network order, the rest in host order. */
import { AddressError } from '../address-error.ts'
import { AF_PACKET } from '../constants/families.ts'
import type { PacketSocketAddress } from '../socket-address.ts'
import { checkRange, indexOfInterface, type InterfaceIndex } from './range.ts'

/** sizeof(struct sockaddr_ll); an address may be longer by what its hardware address needs beyond 8 bytes. */
const SOCKADDR_LL_SIZE = 20
/** offsetof(struct sockaddr_ll, sll_addr) */
const HARDWARE_ADDRESS_AT = 12
/** MAX_ADDR_LEN of linux/netdevice.h: InfiniBand has 20. */
const LONGEST_HARDWARE_ADDRESS = 32

export function encodePacket(address: PacketSocketAddress, indexOf: InterfaceIndex): Uint8Array {
  const { hardwareAddress = '', packetType = 0, hardwareType = 0 } = address
  const index =
    typeof address.interface === 'string'
      ? indexOfInterface(address.interface, indexOf)
      : checkRange('Interface index', address.interface, 0x7fffffff)
  const hardware = parseHardwareAddress(hardwareAddress)
  const bytes = new Uint8Array(Math.max(SOCKADDR_LL_SIZE, HARDWARE_ADDRESS_AT + hardware.length))
  const view = new DataView(bytes.buffer)
  view.setUint16(0, AF_PACKET, true)
  view.setUint16(2, checkRange('Protocol', address.protocol, 0xffff))
  view.setInt32(4, index, true)
  view.setUint16(8, checkRange('Hardware type', hardwareType, 0xffff), true)
  bytes[10] = checkRange('Packet type', packetType, 0xff)
  bytes[11] = hardware.length
  bytes.set(hardware, HARDWARE_ADDRESS_AT)
  return bytes
}

function parseHardwareAddress(text: string): Uint8Array {
  const parts = text === '' ? [] : text.split(':')
  if (parts.length > LONGEST_HARDWARE_ADDRESS || !parts.every((part) => /^[0-9a-f]{2}$/i.test(part)))
    throw new AddressError(
      'ERR_ADDRESS_RANGE',
      `Not a hardware address: ${JSON.stringify(text)}; write it like 02:00:5e:10:00:01, ${LONGEST_HARDWARE_ADDRESS} bytes at most`,
    )
  return Uint8Array.from(parts, (part) => Number.parseInt(part, 16))
}

/** undefined where the kernel wrote less than the fixed part. */
export function decodePacket(view: DataView, length: number): PacketSocketAddress | undefined {
  if (length < HARDWARE_ADDRESS_AT) return undefined
  const count = Math.min(view.getUint8(11), length - HARDWARE_ADDRESS_AT)
  const hardware = Array.from({ length: count }, (_, i) =>
    view
      .getUint8(HARDWARE_ADDRESS_AT + i)
      .toString(16)
      .padStart(2, '0'),
  )
  return {
    interface: view.getInt32(4, true),
    protocol: view.getUint16(2),
    packetType: view.getUint8(10),
    hardwareType: view.getUint16(8, true),
    ...(count === 0 ? {} : { hardwareAddress: hardware.join(':') }),
  }
}
