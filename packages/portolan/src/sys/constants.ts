/**
 * Constants of the Linux socket interface under the names of its man pages, the same on x64 and arm64. Each file holds
 * those of one page.
 */
export * from './constants/epoll.ts'
export * from './constants/ethernet.ts'
export * from './constants/families.ts'
export * from './constants/hardware.ts'
export * from './constants/icmp.ts'
export * from './constants/ip.ts'
export * from './constants/ipv6.ts'
export * from './constants/message-flags.ts'
export * from './constants/names.ts'
export * from './constants/netlink.ts'
export * from './constants/packet.ts'
export * from './constants/protocols.ts'
export * from './constants/socket-options.ts'
export * from './constants/tcp.ts'
export * from './constants/vsock.ts'
