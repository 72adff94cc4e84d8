/** `portolan help TOPIC`: concepts in prose. */
import { EXIT_MEANINGS } from './exit-codes.ts'

export interface Topic {
  readonly name: string
  /** One line for the overview. */
  readonly doc: string
  /** Paragraphs, or rows of two columns. */
  readonly body: readonly (string | readonly (readonly [term: string, text: string])[])[]
}

/** Variables that are no flag. */
export const VARIABLES: readonly (readonly [name: string, text: string])[] = [
  ['PORTOLAN_<FLAG>', 'any long option, as PORTOLAN_TOP_PORTS=100; 1 or 0 for those without a value'],
  [
    'PORTOLAN_HOME',
    'folder for what later versions store, unused so far; else portolan in the XDG data home',
  ],
  ['PORTOLAN_DEBUG', '1 adds a stack trace to unexpected errors'],
  ['NO_COLOR, FORCE_COLOR', 'no colour, colour, whatever the terminal says; --color comes first'],
]

export const PRECEDENCE =
  'Command line comes before environment, environment before default. An empty variable counts as unset. ' +
  'What --exclude and --excludefile say in both places is added together.'

export const TOPICS: readonly Topic[] = [
  {
    name: 'states',
    doc: 'open, closed, filtered, unreachable, unknown',
    body: [
      'A port is in one of these states. --reason tells what decided it.',
      [
        ['open', 'a connection was accepted'],
        ['closed', 'the host answered that nothing listens there'],
        ['filtered', 'no answer to any try, or a router said that it will not deliver'],
        ['open|filtered', 'silence, where an open port may be silent too (UDP)'],
        ['unreachable', 'this machine has no route to the host'],
        ['unknown', 'Portolan itself could not decide: no descriptor, no buffer, time spent, stopped'],
      ],
      'unknown says nothing about the target. It never becomes another state, it counts in the coverage, and a ' +
        'scan with an unknown port ends with status 4.',
    ],
  },
  {
    name: 'scope',
    doc: 'who may be scanned, and how to permit it',
    body: [
      "Loopback and this machine's own addresses need no permission. Everything else is refused, with status 5 and " +
        'before anything is sent, unless a scope file permits it: --scope FILE or PORTOLAN_SCOPE.',
      [
        ['version: 1', ''],
        ['authorisation:', 'owner, contact, reference, valid_from, valid_until'],
        ['include: [198.18.0.0/15]', 'what may be scanned'],
        ['exclude: [198.18.9.0/24]', 'what may not; always wins'],
        ['methods: [connect]', 'connect, syn, udp, services'],
        ['limits: { pps: 50000 }', 'pps, pps_per_host'],
      ],
      'The address that is dialled is checked, after names are looked up. An expired file permits nothing. The hash ' +
        'of the file is in every result. portolan scope explains what a file says of a target.',
    ],
  },
  {
    name: 'targets',
    doc: 'addresses, networks, ranges, names, files',
    body: [
      'Any mix of these, separated by blanks:',
      [
        ['192.0.2.7  2001:db8::7', 'addresses; fe80::1%eth0 has a zone'],
        ['192.0.2.0/24', 'a network; bits of the host are ignored'],
        ['192.0.2.1-9,20', 'ranges and lists in any octet'],
        ['192.0.2.1-192.0.2.9', 'from one address to another'],
        ['host.example', 'a name; -4 and -6 choose the family'],
        ['-iL FILE', 'a file of targets; -iL - reads standard input'],
      ],
      '--exclude and --excludefile take the same forms, and win.',
    ],
  },
  {
    name: 'ports',
    doc: 'the grammar of -p',
    body: [
      'Items separated by commas:',
      [
        ['80', 'one port'],
        ['8000-8100', 'a range; -1024 begins at 1, 60000- ends at 65535'],
        ['-p-', 'every port, 1 to 65535; 0 only where it is named'],
        ['ssh  http*  ftp?', 'names and masks of services'],
        ['[1-1024]', 'those in the range that the registry names'],
        ['T:80,443', 'TCP; the letter holds until the next one'],
      ],
      'Without -p a scan probes the 1000 most useful TCP ports: portolan ports --default lists them.',
    ],
  },
  {
    name: 'exit-codes',
    doc: 'what the exit status says',
    body: [EXIT_MEANINGS],
  },
  {
    name: 'environment',
    doc: 'variables, and what comes before what',
    body: [VARIABLES, PRECEDENCE],
  },
]
