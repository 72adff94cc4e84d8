/** What a failed call must never do to the process: rejections that nobody hears, exceptions, sockets that are dropped. */
import assert from 'node:assert/strict'
import { after, before } from 'node:test'

const seen: string[] = []

const onRejection = (reason: unknown): void => void seen.push(`unhandledRejection: ${describe(reason)}`)
const onException = (error: unknown): void => void seen.push(`uncaughtException: ${describe(error)}`)
const onWarning = (warning: Error): void => {
  // Left open, and collected as garbage; or more listeners than there should be.
  if (warning.name === 'ResourceWarning' || warning.name === 'MaxListenersExceededWarning')
    seen.push(`warning: ${warning.message}`)
}

function describe(error: unknown): string {
  return error instanceof Error ? String(error.stack) : String(error)
}

/** For the length of this file. */
export function watchProcess(): void {
  before(() => {
    process.on('unhandledRejection', onRejection)
    process.on('uncaughtException', onException)
    process.on('warning', onWarning)
  })
  after(() => {
    process.off('unhandledRejection', onRejection)
    process.off('uncaughtException', onException)
    process.off('warning', onWarning)
    assert.deepEqual(seen, [])
  })
}

/** @throws for what was seen since the last time */
export function checkProcess(): void {
  assert.deepEqual(seen.splice(0), [])
}
