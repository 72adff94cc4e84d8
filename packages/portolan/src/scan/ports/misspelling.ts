/** What is wrong with a word that the port grammar does not know, and what was probably meant. */
import type { Protocol } from '../states.ts'
import { findServices, nearestServiceName } from './service-search.ts'

export interface Explanation {
  /** Continues the word: `is no …`. */
  readonly problem: string
  readonly hint: string
}

const NAME = /^[\w*?.+/-]+$/

/** Explains a word outside the grammar; forms of naabu, masscan, Docker and other languages are recognised. */
export function explainBadWord(word: string, protocols: readonly Protocol[]): Explanation {
  if (word === ']') return { problem: 'closes no bracket', hint: 'take it out, or open it with "["' }
  return explainProtocol(word) ?? explainRange(word) ?? explainName(word, protocols)
}

function explainProtocol(word: string): Explanation | undefined {
  if (/^[SPsp]:/.test(word))
    return {
      problem: 'cannot be scanned, SCTP/IP protocol scans are not built',
      hint: 'use T: for TCP or U: for UDP',
    }
  // u: is naabu's and masscan's, udp:53 curl's and socat's way of thinking, 53/udp Docker's and tcpdump's.
  const before = /^([tu])(cp|dp)?:(.*)$/i.exec(word)
  if (before !== null) {
    const [, letter = '', long, ports = ''] = before
    const meant = `did you mean "${letter.toUpperCase()}:${ports}"? It holds for the items after it too`
    if (long !== undefined) return { problem: 'spells the protocol out', hint: meant }
    // An upper-case letter is in the grammar, so that one here can only be a second.
    return letter === letter.toUpperCase()
      ? { problem: 'follows another protocol letter', hint: 'give an item one letter' }
      : { problem: 'has a lower-case protocol letter', hint: meant }
  }
  const after = /^([^/]*\d[^/]*)\/([tu])[cd]p$/i.exec(word)
  if (after === null) return undefined
  return {
    problem: 'has its protocol behind it',
    hint: `did you mean "${after[2]?.toUpperCase()}:${after[1]}"? It holds for the items after it too`,
  }
}

function explainRange(word: string): Explanation | undefined {
  const range = /^(\d+)(?::|\.\.+|[\u2010-\u2015])(\d+)$/.exec(word)
  if (range !== null) return { problem: 'is no range', hint: `did you mean "${range[1]}-${range[2]}"?` }
  if (/^[\d-]+$/.test(word))
    return { problem: 'is no range', hint: 'a range has two ends, such as 8000-8100' }
  if (/^[\d-]+(?:[;|+][\d-]+)+$/.test(word))
    return { problem: 'is no list', hint: `did you mean "${word.replaceAll(/[;|+]/g, ',')}"?` }
  if (word.includes(':'))
    return { problem: 'has no known protocol letter', hint: 'use T: for TCP or U: for UDP' }
  return undefined
}

function explainName(word: string, protocols: readonly Protocol[]): Explanation {
  if (!NAME.test(word))
    return {
      problem: 'is neither a port nor a service name',
      hint: 'write ports such as 22,80,8000-8100 or names such as http*',
    }
  const top = /^top-?(\d+)$/i.exec(word)
  if (top !== null) return { problem: 'is no service name', hint: `did you mean --top-ports ${top[1]}?` }
  if (/^(?:all|any|full)$/i.test(word)) return { problem: 'is no service name', hint: 'did you mean "-"?' }

  const [known] = findServices(word)
  if (known !== undefined && /^\d/.test(word))
    return { problem: 'begins with a digit, as no name here may', hint: `did you mean "${known.port}"?` }
  if (known !== undefined)
    return { problem: 'has to begin in lower case', hint: `did you mean "${word.toLowerCase()}"?` }
  if (/[*?]/.test(word)) return { problem: 'fits no service name', hint: '"portolan ports" lists the names' }
  const nearest = nearestServiceName(word, protocols)
  return {
    problem: 'is no service name',
    hint: nearest === undefined ? '"portolan ports" lists the names' : `did you mean "${nearest}"?`,
  }
}
