/** What the fields of an address must keep to: the kernel would take a truncated value without a word. */
import { AddressError } from '../address-error.ts'

/** Turns an interface name into its index (if_nametoindex(3)), 0 for none; handed in, since only libc knows. */
export type InterfaceIndex = (name: string) => number

/** @throws AddressError unless `value` is a whole number from 0 to `highest` */
export function checkRange(what: string, value: number, highest: number): number {
  if (!Number.isInteger(value) || value < 0 || value > highest)
    throw new AddressError(
      what === 'Port' ? 'ERR_ADDRESS_PORT' : 'ERR_ADDRESS_RANGE',
      `${what} must be a whole number from 0 to ${highest}, not ${value}`,
    )
  return value
}

/** @throws AddressError where no interface has the name */
export function indexOfInterface(name: string, indexOf: InterfaceIndex): number {
  const index = indexOf(name)
  if (index === 0)
    throw new AddressError('ENODEV', `No network interface has the name ${JSON.stringify(name)}`)
  return index
}
