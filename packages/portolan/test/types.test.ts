/** What the type checker tells users of the package. The assertions are types: `tsc` is the test, running it is not. */
import { test } from 'node:test'
import { expectTypeOf } from 'expect-type'
import type { PortState, ScanEvent, ScanOptions } from '../src/scan.ts'
import { scan } from '../src/scan.ts'
import type { CallOptions, Datagram, Socket, SocketAddress, SocketError } from '../src/socket.ts'
import { AF_INET, getaddrinfo, gethostname, SOCK_STREAM, socket, socketpair } from '../src/socket.ts'

test('the types of portolan/socket are those of the contract', () => {
  expectTypeOf(socket).toBeCallableWith(AF_INET, SOCK_STREAM)
  expectTypeOf(socket).returns.toEqualTypeOf<Socket>()
  expectTypeOf(socketpair).returns.toEqualTypeOf<[Socket, Socket]>()
  expectTypeOf(gethostname).returns.toEqualTypeOf<string>()
  expectTypeOf(getaddrinfo).returns.resolves.toBeArray()

  expectTypeOf<Socket>().toExtend<Disposable & AsyncDisposable>()
  expectTypeOf<Socket['recv']>().returns.resolves.toEqualTypeOf<Uint8Array | null>()
  expectTypeOf<Socket['tryRecv']>().returns.toEqualTypeOf<Uint8Array | null | undefined>()
  expectTypeOf<Socket['recvInto']>().returns.resolves.toEqualTypeOf<number | null>()
  expectTypeOf<Socket['recvfrom']>().returns.resolves.toEqualTypeOf<Datagram>()
  expectTypeOf<Socket['send']>().returns.resolves.toEqualTypeOf<number>()
  expectTypeOf<Socket['sendAll']>().returns.resolves.toEqualTypeOf<void>()
  expectTypeOf<Socket['trySend']>().returns.toEqualTypeOf<number | undefined>()
  expectTypeOf<Socket['accept']>().returns.resolves.toEqualTypeOf<{
    readonly client: Socket
    readonly address: SocketAddress
  }>()
  expectTypeOf<CallOptions>().toEqualTypeOf<{
    readonly signal?: AbortSignal | undefined
    readonly timeout?: number | undefined
    readonly flags?: number
  }>()
  expectTypeOf<NonNullable<Parameters<Socket['recv']>[1]>>().toEqualTypeOf<CallOptions>()
  expectTypeOf<SocketError>().toExtend<Error>()
  expectTypeOf<SocketError['code']>().toEqualTypeOf<string>()
})

test('an address is an endpoint of its family and nothing else', () => {
  expectTypeOf<{ host: string; port: number }>().toExtend<SocketAddress>()
  expectTypeOf<{ path: Uint8Array }>().toExtend<SocketAddress>()
  expectTypeOf<{ host: string }>().not.toExtend<SocketAddress>()
  expectTypeOf<string>().not.toExtend<SocketAddress>()
})

test('the events of a scan are told apart by their type', () => {
  expectTypeOf(scan).parameter(0).toEqualTypeOf<ScanOptions>()
  expectTypeOf<ScanEvent['type']>().toEqualTypeOf<
    'scan.started' | 'port' | 'host' | 'warning' | 'scan.finished'
  >()
  expectTypeOf<Extract<ScanEvent, { type: 'port' }>['state']>().toEqualTypeOf<PortState>()
  expectTypeOf<Extract<ScanEvent, { type: 'scan.started' }>['schema']>().toEqualTypeOf<1>()
  expectTypeOf(scan({})).toExtend<AsyncIterable<ScanEvent>>()
})
