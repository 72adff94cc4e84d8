/** The options of a socket as properties: `socket.options`. */
import { TcpOptions } from './tcp-options.ts'

/**
 * The common options of a socket, each a property that is read and assigned: `socket.options.noDelay = true`.
 *
 * Every read is a getsockopt(2) and every assignment a setsockopt(2); both are synchronous and nothing is remembered
 * here. Units stand in the name or in the text: bytes, seconds where the kernel has whole seconds, else milliseconds.
 * Options without a property go through `setsockopt`. One class per level of options, each on top of the
 * one below: SOL_SOCKET, IPv4 and IPv6 together, IPv6, TCP.
 *
 * All of them throw SocketError: ENOPROTOOPT where this kind of socket does not have the option, also where the kernel
 * would take it without effect (SO_KEEPALIVE on UDP); ERR_SOCKET_CLOSED; else what the kernel refuses with, the option
 * named in the message. A value outside its range is a RangeError and no boolean where one belongs a TypeError, before
 * the system call.
 */
export class SocketOptions extends TcpOptions {}
