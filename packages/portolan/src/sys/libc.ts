/**
 * The system calls, through koffi, in the convention of the kernel: a result of 0 or more, or the negative error
 * number. One number says everything, nothing is thrown, and a call costs little more than it does in C.
 *
 * `libc` is one mutable object on purpose: tests replace a member to let the n-th call fail. Nothing else may.
 */
import koffi from 'koffi'

/** Memory that a call reads or writes. It must stay referenced for the length of the call only. */
export type Memory = Uint8Array | Int32Array | Uint32Array | BigUint64Array

// The process itself is linked against the C library, so this works with glibc and with musl.
const library = koffi.load(null)

// koffi types every function as (...args: any[]) => any; the annotations below are the prototypes of the man pages.
// There is no ssize_t in koffi; int64_t is what it is on both architectures.
const c = {
  socket: library.func('int socket(int, int, int)'),
  socketpair: library.func('int socketpair(int, int, int, void *)'),
  bind: library.func('int bind(int, void *, uint32_t)'),
  listen: library.func('int listen(int, int)'),
  accept4: library.func('int accept4(int, void *, void *, int)'),
  connect: library.func('int connect(int, void *, uint32_t)'),
  recv: library.func('int64_t recv(int, void *, size_t, int)'),
  send: library.func('int64_t send(int, void *, size_t, int)'),
  recvfrom: library.func('int64_t recvfrom(int, void *, size_t, int, void *, void *)'),
  sendto: library.func('int64_t sendto(int, void *, size_t, int, void *, uint32_t)'),
  recvmsg: library.func('int64_t recvmsg(int, void *, int)'),
  sendmsg: library.func('int64_t sendmsg(int, void *, int)'),
  recvmmsg: library.func('int recvmmsg(int, void *, unsigned int, int, void *)'),
  sendmmsg: library.func('int sendmmsg(int, void *, unsigned int, int)'),
  poll: library.func('int poll(void *, unsigned long, int)'),
  shutdown: library.func('int shutdown(int, int)'),
  close: library.func('int close(int)'),
  getsockname: library.func('int getsockname(int, void *, void *)'),
  getpeername: library.func('int getpeername(int, void *, void *)'),
  setsockopt: library.func('int setsockopt(int, int, int, void *, uint32_t)'),
  getsockopt: library.func('int getsockopt(int, int, int, void *, void *)'),
  epoll_create1: library.func('int epoll_create1(int)'),
  epoll_ctl: library.func('int epoll_ctl(int, int, int, void *)'),
  epoll_wait: library.func('int epoll_wait(int, void *, int, int)'),
  gethostname: library.func('int gethostname(void *, size_t)'),
  getrlimit: library.func('int getrlimit(int, void *)'),
  setrlimit: library.func('int setrlimit(int, void *)'),
  if_nametoindex: library.func('uint32_t if_nametoindex(const char *)'),
  if_indextoname: library.func('void *if_indextoname(uint32_t, void *)'),
  // Variadic in C. On Linux both architectures pass an int there as they pass any other.
  fcntl: library.func('int fcntl(int, int, int)'),
  sendfile: library.func('int64_t sendfile(int, int, void *, size_t)'),
}

function result(value: number): number {
  return value < 0 ? -koffi.errno() : value
}

/** Each call's contract is its man page (section 2); only what differs is said here. */
export const libc = {
  socket: (family: number, type: number, protocol: number): number =>
    result(c.socket(family, type, protocol)),
  /** @param pair room for two descriptors */
  socketpair: (family: number, type: number, protocol: number, pair: Int32Array): number =>
    result(c.socketpair(family, type, protocol, pair)),
  bind: (fd: number, address: Uint8Array, length: number): number => result(c.bind(fd, address, length)),
  listen: (fd: number, backlog: number): number => result(c.listen(fd, backlog)),
  accept4: (fd: number, address: Uint8Array | null, length: Int32Array | null, flags: number): number =>
    result(c.accept4(fd, address, length, flags)),
  connect: (fd: number, address: Uint8Array, length: number): number =>
    result(c.connect(fd, address, length)),
  recv: (fd: number, into: Memory, length: number, flags: number): number =>
    result(c.recv(fd, into, length, flags)),
  send: (fd: number, from: Memory, length: number, flags: number): number =>
    result(c.send(fd, from, length, flags)),
  recvfrom: (
    fd: number,
    into: Memory,
    length: number,
    flags: number,
    address: Uint8Array,
    addressLength: Int32Array,
  ): number => result(c.recvfrom(fd, into, length, flags, address, addressLength)),
  sendto: (
    fd: number,
    from: Memory,
    length: number,
    flags: number,
    address: Uint8Array,
    addressLength: number,
  ): number => result(c.sendto(fd, from, length, flags, address, addressLength)),
  /** @param header struct msghdr; what it points to must stay where it is for the length of the call */
  recvmsg: (fd: number, header: Uint8Array, flags: number): number => result(c.recvmsg(fd, header, flags)),
  /** @param header as of recvmsg */
  sendmsg: (fd: number, header: Uint8Array, flags: number): number => result(c.sendmsg(fd, header, flags)),
  /** @param headers array of struct mmsghdr; what it points to must stay where it is for the length of the call */
  recvmmsg: (fd: number, headers: Uint8Array, count: number, flags: number): number =>
    result(c.recvmmsg(fd, headers, count, flags, null)),
  /** @param headers as of recvmmsg */
  sendmmsg: (fd: number, headers: Uint8Array, count: number, flags: number): number =>
    result(c.sendmmsg(fd, headers, count, flags)),
  poll: (fds: Uint8Array, count: number, timeoutMs: number): number => result(c.poll(fds, count, timeoutMs)),
  shutdown: (fd: number, how: number): number => result(c.shutdown(fd, how)),
  close: (fd: number): number => result(c.close(fd)),
  getsockname: (fd: number, address: Uint8Array, length: Int32Array): number =>
    result(c.getsockname(fd, address, length)),
  getpeername: (fd: number, address: Uint8Array, length: Int32Array): number =>
    result(c.getpeername(fd, address, length)),
  setsockopt: (fd: number, level: number, name: number, value: Memory, length: number): number =>
    result(c.setsockopt(fd, level, name, value, length)),
  getsockopt: (fd: number, level: number, name: number, value: Memory, length: Int32Array): number =>
    result(c.getsockopt(fd, level, name, value, length)),
  epoll_create1: (flags: number): number => result(c.epoll_create1(flags)),
  epoll_ctl: (epoll: number, operation: number, fd: number, event: Uint8Array | null): number =>
    result(c.epoll_ctl(epoll, operation, fd, event)),
  epoll_wait: (epoll: number, events: Uint8Array, capacity: number, timeoutMs: number): number =>
    result(c.epoll_wait(epoll, events, capacity, timeoutMs)),
  gethostname: (into: Uint8Array, length: number): number => result(c.gethostname(into, length)),
  getrlimit: (resource: number, limits: BigUint64Array): number => result(c.getrlimit(resource, limits)),
  setrlimit: (resource: number, limits: BigUint64Array): number => result(c.setrlimit(resource, limits)),
  /** Index of an interface, 0 where no interface has the name (if_nametoindex(3)); C would stop at a NUL. */
  ifNameToIndex: (name: string): number => (name.includes('\0') ? 0 : c.if_nametoindex(name)),
  /** Index of an interface, or the negative error number (if_nametoindex(3)). The name must hold no NUL. */
  if_nametoindex: (name: string): number => result(c.if_nametoindex(name) || -1),
  /** @param into room for IFNAMSIZ bytes @returns 0 or the negative error number */
  if_indextoname: (index: number, into: Uint8Array): number =>
    result(c.if_indextoname(index, into) === null ? -1 : 0),
  fcntl: (fd: number, command: number, argument: number): number => result(c.fcntl(fd, command, argument)),
  /** @param offset where to read, moved on by the call; null for the file's own position */
  sendfile: (to: number, from: number, offset: BigInt64Array | null, count: number): number =>
    result(c.sendfile(to, from, offset, count)),
}

export type Libc = typeof libc
