/**
 * AF_VSOCK: addresses and options, level AF_VSOCK: vsock(7) (linux/vm_sockets.h).
 */

export const VMADDR_CID_HYPERVISOR = 0
/** This machine itself: loopback. */
export const VMADDR_CID_LOCAL = 1
export const VMADDR_FLAG_TO_HOST = 1
/** The host of a virtual machine. */
export const VMADDR_CID_HOST = 2

/** Every context of this machine, for bind. */
export const VMADDR_CID_ANY = 0xffffffff
/** Lets the kernel choose the port, for bind. */
export const VMADDR_PORT_ANY = 0xffffffff

export const SO_VM_SOCKETS_BUFFER_SIZE = 0
export const SO_VM_SOCKETS_BUFFER_MIN_SIZE = 1
export const SO_VM_SOCKETS_BUFFER_MAX_SIZE = 2
export const SO_VM_SOCKETS_PEER_HOST_VM_ID = 3
export const SO_VM_SOCKETS_TRUSTED = 5
export const SO_VM_SOCKETS_CONNECT_TIMEOUT = 6
export const SO_VM_SOCKETS_NONBLOCK_TXRX = 7
