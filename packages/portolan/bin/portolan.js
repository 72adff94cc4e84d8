#!/usr/bin/env node
void import('../dist/cli/main.js').then(({ main }) => main(process.argv.slice(2)))
