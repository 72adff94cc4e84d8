/** The values of options: numbers, times, rates, shares of a scan, words. Each error names value, place and range. */
import { escapeText } from '../text/untrusted.ts'
import { nearest } from './nearest.ts'
import type { Setting } from './settings.ts'
import { UsageError } from './usage-error.ts'

function wrong(setting: Setting, wanted: string, hint: string): UsageError {
  return new UsageError(
    `value of ${setting.label} must be ${wanted}, not '${escapeText(textOf(setting), 80)}' (${setting.place})`,
    hint,
  )
}

/** The text of a value; empty where none was given. */
export function textOf(setting: Setting): string {
  return setting.value ?? ''
}

/**
 * A whole number in decimal digits.
 *
 * @throws UsageError outside of `least` to `most`.
 */
export function countOf(setting: Setting, least: number, most: number): number {
  const text = textOf(setting)
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  const near = Number.isNaN(value) ? least : Math.min(Math.max(value, least), most)
  throw wrong(setting, `a whole number from ${least} to ${most}`, `nearest: ${near}`)
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
/** setTimeout(3) of Node takes 31 bits of milliseconds, 24.8 days; no scan waits longer for one thing. */
const LONGEST_MS = 2 ** 31 - 1

/**
 * A time as nmap writes it: seconds, or with a suffix ms, s, m, h; fractions allowed.
 *
 * @returns milliseconds.
 * @throws UsageError for other words, for a time over 24 days, and for 0 unless `zero` allows it.
 */
export function timeOf(setting: Setting, zero: 'zero' | 'positive'): number {
  const match = /^(\d{1,10}(?:\.\d{1,9})?|\.\d{1,9})(ms|s|m|h)?$/i.exec(textOf(setting))
  const ms =
    match === null ? Number.NaN : Number(match[1]) * (UNIT_MS[(match[2] ?? 's').toLowerCase()] ?? 1000)
  const wanted = 'a time such as 500ms, 30s, 15m or 2h'
  if (Number.isNaN(ms)) throw wrong(setting, wanted, 'a number alone is in seconds')
  if (ms > LONGEST_MS) throw wrong(setting, `${wanted}, up to 24 days`, 'nearest: 576h')
  if (ms === 0 && zero === 'positive')
    throw wrong(setting, `${wanted}, more than 0`, 'leave the option out for no limit')
  return ms
}

/**
 * Probes a second: a number, fractions allowed, with k (thousand) or M (million); or `auto`.
 *
 * @throws UsageError for other words, for 0 and for more than 100M.
 */
export function rateOf(setting: Setting): number | 'auto' {
  const text = textOf(setting)
  if (text.toLowerCase() === 'auto') return 'auto'
  const match = /^(\d{1,10}(?:\.\d{1,9})?|\.\d{1,9})([kKmM])?$/.exec(text)
  const factor = match?.[2] === undefined ? 1 : match[2].toLowerCase() === 'k' ? 1e3 : 1e6
  const rate = match === null ? Number.NaN : Number(match[1]) * factor
  if (rate > 0 && rate <= 1e8) return rate
  throw wrong(setting, 'probes a second: more than 0, up to 100M, or auto', 'as in 0.5, 2000, 50k or auto')
}

/**
 * `x/y`, counted from 1.
 *
 * @throws UsageError unless 1 <= x <= y.
 */
export function shardOf(setting: Setting): { index: number; count: number } {
  const match = /^(\d{1,9})\/(\d{1,9})$/.exec(textOf(setting))
  const index = Number(match?.[1])
  const count = Number(match?.[2])
  if (index >= 1 && index <= count) return { index, count }
  const hint =
    index === 0 && count > 0 ? `shards are counted from 1: the first is 1/${count}` : 'as in 1/4 to 4/4'
  throw wrong(setting, 'X/Y with X from 1 to Y', hint)
}

/**
 * One of a few words.
 *
 * @throws UsageError naming the nearest one.
 */
export function choiceOf<Word extends string>(setting: Setting, words: readonly Word[]): Word {
  const text = textOf(setting)
  const found = words.find((word) => word === text)
  if (found !== undefined) return found
  const near = nearest(text, words)
  throw wrong(
    setting,
    `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`,
    near === undefined ? `as in ${setting.label} ${words[0] ?? ''}` : `did you mean ${near}?`,
  )
}
