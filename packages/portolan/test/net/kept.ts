/** What a test opens and may not get to close, because it fails before. */
import { afterEach } from 'node:test'

interface Closable {
  close(): Promise<void>
}

/** To be called before `checkLeaks`. @returns notes what is to be closed after the test; closing twice is nothing */
export function closingAfterEach(): <T extends Closable>(opened: T) => T {
  const opened: Closable[] = []
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()))
  })
  return (each) => {
    opened.push(each)
    return each
  }
}
