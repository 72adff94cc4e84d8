#!/usr/bin/env node
if (Number(process.versions.node.split('.')[0]) >= 24) {
  void import('../dist/cli/main.js').then(({ main }) => main(process.argv.slice(2)))
} else {
  console.error(`portolan: needs Node.js 24 or newer, this is ${process.version}; install a newer one`)
  process.exitCode = 3
}
