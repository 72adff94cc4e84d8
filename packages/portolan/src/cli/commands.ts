/** The commands: what main runs, and what help, the manual and completion say about each. */
import { HELP_OPTIONS, type Option } from './options.ts'
import { SCAN_OPTIONS } from './scan-options.ts'
import { SCOPE_ACTIONS, SCOPE_OPTIONS } from './scope-options.ts'

export interface Command {
  readonly name: string
  /** One line of the overview: begins with a small letter, ends without a stop. */
  readonly doc: string
  /** What follows the name in the usage line. */
  readonly usage: string
  readonly options: readonly Option[]
  /** What completion offers for the first, second… operand: words, or the hosts of the system. The last repeats. */
  readonly operands: readonly (readonly string[] | 'host')[]
  readonly examples: readonly (readonly [words: string, doc: string])[]
}

const JSON_OPTION = {
  long: ['json'],
  value: 'none',
  group: 'OUTPUT',
  doc: 'one JSON value on standard output',
} as const satisfies Option

export const PORTS_OPTIONS = [
  {
    long: ['class'],
    value: 'required',
    valueName: 'CLASS',
    group: 'PORTS',
    argumentOnly: true,
    doc: 'only ports of this class: well-known, registered or dynamic',
    values: ['well-known', 'registered', 'dynamic'],
  },
  {
    long: ['default'],
    value: 'none',
    group: 'PORTS',
    argumentOnly: true,
    doc: 'the ports that a scan probes without -p',
  },
  {
    long: ['top-ports'],
    value: 'required',
    valueName: 'N',
    group: 'PORTS',
    // PORTOLAN_TOP_PORTS is about scans.
    argumentOnly: true,
    doc: 'the N most useful ports',
  },
  JSON_OPTION,
  ...HELP_OPTIONS,
] as const satisfies readonly Option[]

export const DOCTOR_OPTIONS = [
  {
    long: ['scope'],
    value: 'required',
    valueName: 'FILE',
    group: 'SCOPE',
    doc: 'the scope file to check',
    values: 'file',
  },
  {
    long: ['color'],
    value: 'required',
    valueName: 'WHEN',
    group: 'DISPLAY',
    doc: 'auto, always or never',
    fallback: 'auto',
    values: ['auto', 'always', 'never'],
  },
  JSON_OPTION,
  ...HELP_OPTIONS,
] as const satisfies readonly Option[]

export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const

export const COMMANDS: readonly Command[] = [
  {
    name: 'scan',
    doc: 'find the open ports of hosts',
    usage: '[options] TARGET…',
    options: SCAN_OPTIONS,
    operands: ['host'],
    examples: [
      ['scan 127.0.0.1', 'what listens on this machine'],
      ['scan -p 22,80 --reason ::1', 'some ports, and what told their state'],
      ['scan -p- --json 127.0.0.1', 'every port, events for programs'],
    ],
  },
  {
    name: 'scope',
    doc: 'check who may be scanned, and why',
    usage: `${SCOPE_ACTIONS.join('|')} [options] TARGET…`,
    options: SCOPE_OPTIONS,
    operands: [SCOPE_ACTIONS, 'host'],
    examples: [
      ['scope check 127.0.0.0/8', 'may a scan go there'],
      ['scope explain 198.18.0.1', 'by which rule'],
      ['scope init 198.18.0.0/24', 'a scope file to fill in'],
    ],
  },
  {
    name: 'ports',
    doc: 'look up ports and service names',
    usage: '[options] [NUMBER|NAME|MASK…]',
    options: PORTS_OPTIONS,
    operands: [],
    examples: [
      ['ports 5432', 'what a number is for'],
      ["ports 'http*'", 'numbers by name or mask'],
      ['ports --default', 'what a scan probes without -p'],
    ],
  },
  {
    name: 'doctor',
    doc: 'check what this machine lets Portolan do',
    usage: '[options]',
    options: DOCTOR_OPTIONS,
    operands: [],
    examples: [['doctor', 'sends nothing beyond this machine']],
  },
  {
    name: 'completion',
    doc: 'print the completion script of a shell',
    usage: 'bash|zsh|fish|powershell',
    options: HELP_OPTIONS,
    operands: [SHELLS, []],
    examples: [
      ['completion bash > ~/.local/share/bash-completion/completions/portolan', 'bash'],
      ['completion zsh > ~/.zfunc/_portolan', 'zsh, with ~/.zfunc in fpath'],
      ['completion fish > ~/.config/fish/completions/portolan.fish', 'fish'],
    ],
  },
  {
    name: 'help',
    doc: 'explain a command or a topic',
    usage: '[COMMAND|TOPIC]',
    options: HELP_OPTIONS,
    operands: [],
    examples: [['help states', 'what open, filtered and unknown mean']],
  },
  {
    name: 'version',
    doc: 'print the version',
    usage: '',
    options: HELP_OPTIONS,
    operands: [],
    examples: [],
  },
]

/** Commands of later versions: recognised, refused with what to do today. */
export const FUTURE_COMMANDS: Readonly<Record<string, string>> = {
  resume: 'needs the journal; --seed and --shard name a part of a scan by hand',
  history: 'needs the journal; portolan scan -oD FILE keeps the events',
  show: 'needs the journal; portolan scan -oD FILE keeps the events',
  diff: 'needs the journal; portolan scan -oX FILE writes what ndiff compares',
  changes: 'needs the journal; portolan scan -oX FILE writes what ndiff compares',
  check: 'needs the policy; portolan scan --json gives the facts to judge',
  serve: 'needs the web page; portolan scan --json gives the events',
  worker: 'needs the fleet; portolan scan --shard splits a scan by hand',
  listen: 'needs the connections; the library has portolan/socket',
  connect: 'needs the connections; the library has portolan/socket',
}
