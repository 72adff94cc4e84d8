/** The events of a scan, as `scan()` yields them and as `--json` prints them, one object a line. */
import type { z } from 'zod'
import type * as schema from './event-schema.ts'

/** First event of every scan. Its fields are described in `portolan/schema/scan.started.json`. @interface */
export type ScanStarted = z.infer<typeof schema.scanStarted>
/** State of one port of one host. Its fields are described in `portolan/schema/port.json`. @interface */
export type PortEvent = z.infer<typeof schema.port>
/** Summary of one host. Its fields are described in `portolan/schema/host.json`. @interface */
export type HostEvent = z.infer<typeof schema.hostEvent>
/** Something the user should know. Its fields are described in `portolan/schema/warning.json`. @interface */
export type WarningEvent = z.infer<typeof schema.warning>
/** Last event of every scan: the verdict. Its fields are described in `portolan/schema/scan.finished.json`. @interface */
export type ScanFinished = z.infer<typeof schema.scanFinished>
/** Told apart by `type`. */
export type ScanEvent = ScanStarted | PortEvent | HostEvent | WarningEvent | ScanFinished
