/**
 * Lists of targets in one word, as `--exclude` takes them.
 *
 * A comma also separates octets, so the rule is: pieces of an octet list (digits, `*`, `-`, `.`) are joined until
 * they hold the three dots of an address, and a piece without a dot goes on with the last octet before it.
 * `10.0.0.1,10.0.0.9` are two targets; `10.0.0.1,9` and `10.0.0,1.5` are one each. A prefix length or anything
 * that is no octet list ends a target.
 */
export function splitTargetList(list: string): string[] {
  const targets: string[] = []
  let open = ''
  for (const piece of list.split(',')) {
    const isOctets = /^[0-9*.-]+(\/[0-9]*)?$/.test(piece)
    const dots = dotsIn(open) + dotsIn(piece)
    const continues = open !== '' && isOctets && (dots <= 3 || dotsIn(piece) === 0)
    if (continues) open += `,${piece}`
    else {
      if (open !== '') targets.push(open)
      open = piece
    }
    if (!isOctets || piece.includes('/')) {
      targets.push(open)
      open = ''
    }
  }
  if (open !== '') targets.push(open)
  return targets
}

function dotsIn(text: string): number {
  return text.split('.').length - 1
}
