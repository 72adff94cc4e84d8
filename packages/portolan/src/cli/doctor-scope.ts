/** Whether the scope file is there, can be read and is in force. */
import { escapeText } from '../text/untrusted.ts'
import type { Finding } from './doctor-checks.ts'

/** @param file as `--scope` or PORTOLAN_SCOPE name it; undefined without either. */
export async function scopeFinding(file: string | undefined, now = new Date()): Promise<Finding> {
  const check = 'scope'
  if (file === undefined)
    return { check, status: 'ok', message: 'no scope file: only this machine may be scanned' }
  const { readScopeFile } = await import('../scan/scope/scope-file.ts')
  try {
    const { authorisation, sha256 } = await readScopeFile(file)
    const { owner, validFrom, validUntil } = authorisation
    const message = `${escapeText(file)}#${sha256.slice(0, 8)}, owner ${escapeText(owner, 80)}, valid ${validFrom} to ${validUntil}`
    const today = now.toISOString().slice(0, 10) // its days are UTC, and ISO dates sort as text
    if (today < validFrom || today > validUntil)
      return {
        check,
        status: 'fail',
        message: `${message}: not in force today`,
        hint: 'ask the owner for a valid one',
      }
    return { check, status: 'ok', message }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return {
      check,
      status: 'fail',
      message: error.message,
      hint: 'correct the file, or unset PORTOLAN_SCOPE',
    }
  }
}
