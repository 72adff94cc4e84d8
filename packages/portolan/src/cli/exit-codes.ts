/** Exit status of the command: the contract's, and 141 for a reader that went away. */
export const EXIT = {
  ok: 0,
  drift: 1,
  usage: 2,
  failure: 3,
  incomplete: 4,
  refused: 5,
  /** 128 + SIGINT, SIGPIPE, SIGTERM: what a shell gives a process that such a signal ended. */
  interrupted: 130,
  brokenPipe: 141,
  terminated: 143,
} as const

/** What each status means, in the order the help and the manual print it. */
export const EXIT_MEANINGS: readonly (readonly [status: string, meaning: string])[] = [
  ['0', 'Done, nothing to report.'],
  ['1', 'Drift or policy violation (diff, check, changes; not built yet).'],
  ['2', 'Wrong usage: an option, a value, a target or a file. Nothing was sent.'],
  ['3', 'Failure: an error of this machine or of Portolan.'],
  ['4', 'Incomplete: the state of at least one probe is unknown.'],
  ['5', 'Refused by scope: no permission for a target. Nothing was sent.'],
  ['130', 'Ended by Ctrl-C (SIGINT).'],
  ['141', 'The reader of the output went away (SIGPIPE), as in "portolan … | head".'],
  ['143', 'Ended by SIGTERM.'],
]
