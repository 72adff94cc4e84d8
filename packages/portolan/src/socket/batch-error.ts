/** The error of a call that sends many messages. */
import { SocketError, type SocketErrorDetail } from '../sys/socket-error.ts'

/**
 * A message of a batch was refused, or the call ended before all were sent. {@link messagesSent} were handed to the
 * kernel; the message at that index is the one the error speaks of. Those behind it can be sent by another call.
 */
export class BatchError extends SocketError {
  readonly messagesSent: number

  constructor(
    reason: number | string,
    syscall: string,
    detail: SocketErrorDetail & { readonly messagesSent: number },
  ) {
    super(reason, syscall, detail)
    this.messagesSent = detail.messagesSent
  }
}
