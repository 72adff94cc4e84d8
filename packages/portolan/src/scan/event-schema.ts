/**
 * The NDJSON events as zod schemas: the one place that defines them. The types are inferred from here and the
 * JSON Schema files of the package are generated from here. A scan itself never loads this file.
 *
 * Strings that began on the network are already escaped when they are in an event.
 */
import { z } from 'zod'
import { HOST_STATES, PORT_STATES, PROTOCOLS, REASONS } from './states.ts'

const scan = z.string().describe('Identifier of the scan, the same in all its events')
const time = z.iso.datetime().describe('RFC 3339, UTC, milliseconds')
const host = z.string().describe('Literal IPv4 or IPv6 address, zone kept')
const name = z.string().optional().describe('Name the user gave, or the one reverse DNS gave; escaped')
const count = z.int().min(0)

export const scanStarted = z
  .strictObject({
    type: z.literal('scan.started'),
    schema: z.literal(1),
    scan,
    time,
    version: z.string().describe('Version of Portolan'),
    seed: count.describe('Key of the probe order; the same seed gives the same order'),
    targets: z.array(z.string()).describe('Targets as given'),
    ports: z.string().describe('Ports in canonical form, as in "22,80,1000-2000"'),
    probes: count.describe('Size of the probe space: targets times ports'),
    methods: z.array(z.enum(['connect'])),
    scope: z
      .strictObject({ file: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) })
      .nullable()
      .describe('The scope file this scan ran under; null when only this machine was scanned'),
  })
  .meta({ id: 'scan.started', title: 'First line of every scan' })

const service = z.strictObject({
  name: z.string().describe('Service name; from the port registry while confidence is "port"'),
  product: z.string().optional(),
  version: z.string().optional(),
  info: z.string().optional(),
  confidence: z.enum(['port']).describe('"port": only the number suggests it, nothing was asked'),
})

export const port = z
  .strictObject({
    type: z.literal('port'),
    scan,
    time,
    host,
    name,
    protocol: z.enum(PROTOCOLS),
    port: z.int().min(0).max(65535),
    state: z.enum(PORT_STATES),
    reason: z.enum(REASONS),
    rttMs: z.number().min(0).optional().describe('Milliseconds from probe to answer'),
    attempts: z.int().min(0).describe('Probes sent to this port'),
    service: service.optional(),
  })
  .meta({ id: 'port', title: 'State of one port of one host' })

export const hostEvent = z
  .strictObject({
    type: z.literal('host'),
    scan,
    time,
    host,
    name,
    state: z.enum(HOST_STATES),
    reason: z.enum(REASONS),
    mac: z.string().optional(),
    open: count,
    closed: count,
    filtered: count.describe('filtered, open|filtered and unreachable together'),
    unknown: count,
  })
  .meta({ id: 'host', title: 'Summary of one host' })

export const warning = z
  .strictObject({
    type: z.literal('warning'),
    scan,
    code: z.string().describe('Stable identifier, as in NAME_NOT_RESOLVED'),
    message: z.string(),
    hint: z.string().describe('The way out'),
  })
  .meta({ id: 'warning', title: 'Something the user should know' })

export const scanFinished = z
  .strictObject({
    type: z.literal('scan.finished'),
    scan,
    time,
    durationMs: z.number().min(0),
    probes: count,
    sent: count.describe('Probes sent, retries included'),
    open: count,
    closed: count,
    filtered: count.describe('filtered, open|filtered and unreachable together'),
    unknown: count,
    coverage: z.number().min(0).max(1).describe('Share of the probe space that is not unknown'),
    loss: z.number().min(0).max(1).optional().describe('Measured share of lost probes'),
    rate: z.number().min(0).describe('Probes sent a second, over the whole scan'),
    exit: z.int().min(0).max(255).describe('Exit status of the command'),
    resume: z.string().optional().describe('Command that takes the scan up again'),
  })
  .meta({ id: 'scan.finished', title: 'Last line of every scan: the verdict' })

export const scanEvent = z
  .discriminatedUnion('type', [scanStarted, port, hostEvent, warning, scanFinished])
  .meta({ id: 'event', title: 'One line of the NDJSON of a Portolan scan' })
