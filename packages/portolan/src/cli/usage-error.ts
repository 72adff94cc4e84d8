/** A mistake in the command line or the environment: told in one line with the way out, exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  /** The way out, a sentence of its own. */
  readonly hint: string

  constructor(message: string, hint: string) {
    super(message)
    this.hint = hint
  }
}

/**
 * What to print for an error that the user can mend, or undefined for any other.
 *
 * The floors below cannot import {@link UsageError}. Theirs are known by name and by having a `hint`, which the
 * language's own SyntaxError has not; importing their classes would load the scanner to print a line.
 */
export function usageProblem(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('hint' in error) || typeof error.hint !== 'string') return undefined
  return USER_MISTAKES.test(error.name) ? withHint(error.message, error.hint) : undefined
}

/** PortSyntaxError and its kind; ScopeFileError and its kind; TargetError and TargetLimitError; a plan that cannot be. */
const USER_MISTAKES = /^(?:UsageError|PlanError|[A-Z]\w*(?:Syntax|File)Error|Target\w*Error)$/

/** One line of message and way out; some messages end in their way out already. */
export function withHint(message: string, hint: string): string {
  return hint === '' || message.includes(hint) ? message : `${message}; ${hint}`
}
