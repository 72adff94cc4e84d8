/** The events of a scan, as `scan()` yields them and as `--json` prints them, one object a line. */
import type { z } from 'zod'
import type * as schema from './event-schema.ts'

export type ScanStarted = z.infer<typeof schema.scanStarted>
export type PortEvent = z.infer<typeof schema.port>
export type HostEvent = z.infer<typeof schema.hostEvent>
export type WarningEvent = z.infer<typeof schema.warning>
export type ScanFinished = z.infer<typeof schema.scanFinished>
export type ScanEvent = ScanStarted | PortEvent | HostEvent | WarningEvent | ScanFinished
