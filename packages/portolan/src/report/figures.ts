/** Numbers as people read them. */

/** `0.41 s`, `12.3 s`, `2 min 5 s`, `1 h 2 min`. */
export function formatDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000
  // Limits lie where toFixed would round up to the next unit.
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}

/** A share of 1 in percent with at most two decimals, rounded down: what is not whole never reads `100`. */
export function formatPercent(share: number): string {
  // The product of a share like 0.29 lies just below the whole number; the nearest double above it heals that.
  const hundredths = Math.floor(share * 10_000 + 1e-9)
  return String(Math.min(hundredths, share < 1 ? 9_999 : 10_000) / 100)
}

/** `1 host`, `2 hosts`. */
export function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : /(?:s|sh|ch|x)$/.test(word) ? 'es' : 's'}`
}
