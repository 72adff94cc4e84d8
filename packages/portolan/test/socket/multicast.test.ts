/** Multicast over a wire to Python, each scenario in a network namespace of its own: needs root or user namespaces. */
import { test } from 'node:test'
import { scenarios } from './multicast-scenarios.ts'
import { runInOwnNetwork } from './own-network.ts'

for (const name of scenarios.keys())
  test(name, () => runInOwnNetwork(new URL('./multicast-scenarios.ts', import.meta.url), name))
