/** Options of udp(7) at level SOL_UDP, and the types of its control messages (linux/udp.h). */

/** Collects what is sent into one datagram until it is switched off again. */
export const UDP_CORK = 1
export const UDP_ENCAP = 100
export const UDP_NO_CHECK6_TX = 101
export const UDP_NO_CHECK6_RX = 102
/** Bytes of each datagram that the kernel cuts a longer message into (GSO, Linux 4.18). */
export const UDP_SEGMENT = 103
/** Lets the kernel hand over several datagrams of one sender and size as one message (GRO, Linux 5.0). */
export const UDP_GRO = 104

export const UDP_ENCAP_ESPINUDP_NON_IKE = 1
export const UDP_ENCAP_ESPINUDP = 2
export const UDP_ENCAP_L2TPINUDP = 3
export const UDP_ENCAP_GTP0 = 4
export const UDP_ENCAP_GTP1U = 5
export const UDP_ENCAP_RXRPC = 6
export const UDP_ENCAP_OVPNINUDP = 8
