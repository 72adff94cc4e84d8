/** Writes packages/portolan/man/portolan.1 from the tables of the command line. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { manPage } from '../packages/portolan/src/cli/man-page.ts'
import { VERSION } from '../packages/portolan/src/scan/version.ts'

const folder = new URL('../packages/portolan/man/', import.meta.url)
mkdirSync(folder, { recursive: true })
writeFileSync(new URL('portolan.1', folder), manPage(VERSION))
