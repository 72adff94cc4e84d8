/** A piece of the default port list: TCP ports that belong together, in order, and why they are asked for. */
export interface PortGroup {
  readonly title: string
  readonly reason: string
  /** In the order of usefulness; a port stands in one group only, the first that it belongs to. */
  readonly ports: readonly number[]
}
