/** What the main thread and a listening thread tell each other. */
import type { SocketAddress } from '../sys/socket-address.ts'
import type { ListenOptions } from './listen.ts'

export interface ThreadData {
  /** URL of the module whose default export handles connections. */
  readonly handler: string
  readonly options: ListenOptions
  /** Int32 that becomes 1, with a notification, when the thread has nothing more to do. */
  readonly ended: SharedArrayBuffer
}

export interface ToThread {
  readonly kind: 'drain'
  /** Milliseconds until open connections are reset; Infinity for never. */
  readonly timeout: number
}

export type FromThread =
  | { readonly kind: 'listening'; readonly address: SocketAddress }
  /** Listening failed; errors lose their class on the way between threads. */
  | {
      readonly kind: 'refused'
      readonly code: number | string
      readonly syscall: string
      readonly local: SocketAddress | undefined
    }
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'drained'; readonly reset: number }
