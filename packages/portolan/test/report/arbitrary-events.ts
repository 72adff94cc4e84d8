/** Random scans for property tests: events in any order, hosts without their own event, scans that were cut off. */
import * as fc from 'fast-check'
import type { HostEvent, PortEvent, ScanEvent } from '../../src/scan/events.ts'
import { HOST_STATES, PORT_STATES, PROTOCOLS, REASONS } from '../../src/scan/states.ts'
import { finished, host, port, started } from './sample-events.ts'

/** Text with all that could break a format, lone surrogates included. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\x1b[2J',
        '\n',
        '\r',
        '\t',
        '\0',
        '\x7f',
        '\x9b',
        '\u202e',
        '\u200b',
        '\ufeff',
        '\ud800',
        '\udc00',
        '\ufffe',
        '\uffff',
        '<script>',
        ']]>',
        '-->',
        '&amp;',
        '&#0;',
        '"',
        "'",
        '/',
        ',',
        '(',
        ')',
        '|',
        '\\',
        '\\\\x',
        'Ports: 1/open/tcp//x///',
        '\u2028',
        '日本',
        'é',
        '\u{1f600}',
      ),
      fc.string({ unit: 'binary', maxLength: 5 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''))

const address = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.constantFrom('127.0.0.1', '127.0.0.10', '127.0.0.9', '::1', 'fe80::1%eth0'),
)

const service = fc.record(
  {
    name: hostileText,
    product: hostileText,
    version: hostileText,
    info: hostileText,
    confidence: fc.constant('port' as const),
  },
  { requiredKeys: ['name', 'confidence'] },
)

export const portEvent: fc.Arbitrary<PortEvent> = fc
  .record(
    {
      host: address,
      port: fc.nat(65_535),
      name: hostileText,
      protocol: fc.constantFrom(...PROTOCOLS),
      state: fc.constantFrom(...PORT_STATES),
      reason: fc.constantFrom(...REASONS),
      attempts: fc.nat(11),
      rttMs: fc.double({ min: 0, max: 10_000, noNaN: true }),
      service,
    },
    { requiredKeys: ['host', 'port', 'protocol', 'state', 'reason', 'attempts'] },
  )
  .map(({ host, port: number, ...rest }) => port(host, number, rest))

const hostEvent: fc.Arbitrary<HostEvent> = fc
  .record(
    {
      host: address,
      name: hostileText,
      state: fc.constantFrom(...HOST_STATES),
      reason: fc.constantFrom(...REASONS),
      mac: hostileText,
      open: fc.nat(9),
      closed: fc.nat(99),
      filtered: fc.nat(99),
      unknown: fc.nat(9),
    },
    { requiredKeys: ['host', 'state', 'reason', 'open', 'closed', 'filtered', 'unknown'] },
  )
  .map(({ host: address, ...rest }) => host(address, rest))

const warning: fc.Arbitrary<ScanEvent> = fc.record({
  type: fc.constant('warning' as const),
  scan: fc.constant('x'),
  code: fc.constant('NAME_NOT_RESOLVED'),
  message: hostileText,
  hint: hostileText,
})

/** A scan with any events in any order between its first and its last, which may be missing. */
export const anyScan: fc.Arbitrary<ScanEvent[]> = fc
  .record({
    begin: fc.option(fc.record({ version: hostileText, targets: fc.array(hostileText, { maxLength: 2 }) }), {
      nil: undefined,
    }),
    middle: fc.array(fc.oneof({ weight: 5, arbitrary: portEvent }, hostEvent, warning), { maxLength: 30 }),
    end: fc.option(
      fc.record({
        unknown: fc.nat(3),
        coverage: fc.double({ min: 0, max: 1, noNaN: true }),
        resume: hostileText,
      }),
      { nil: undefined },
    ),
  })
  .map(({ begin, middle, end }) => [
    ...(begin === undefined ? [] : [started(begin)]),
    ...middle,
    ...(end === undefined ? [] : [finished(end)]),
  ])
