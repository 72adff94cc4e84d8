/** The options of `portolan scope`. */
import { HELP_OPTIONS, type Option } from './options.ts'

export const SCOPE_ACTIONS = ['check', 'explain', 'init'] as const
export type ScopeAction = (typeof SCOPE_ACTIONS)[number]

export const SCOPE_OPTIONS = [
  {
    long: ['scope'],
    value: 'required',
    valueName: 'FILE',
    group: 'SCOPE',
    doc: 'the scope file that check and explain read',
    values: 'file',
  },
  {
    long: ['exclude'],
    value: 'required',
    valueName: 'LIST',
    group: 'SCOPE',
    repeated: 'collect',
    doc: 'targets that are never scanned, separated by commas',
  },
  { long: ['owner'], value: 'required', valueName: 'NAME', group: 'SCOPE', doc: 'who owns the networks' },
  {
    long: ['contact'],
    value: 'required',
    valueName: 'ADDRESS',
    group: 'SCOPE',
    doc: 'whom to call when something goes wrong',
  },
  {
    long: ['reference'],
    value: 'required',
    valueName: 'TEXT',
    group: 'SCOPE',
    doc: 'the document that gives the permission',
  },
  {
    long: ['days'],
    value: 'required',
    valueName: 'N',
    group: 'SCOPE',
    doc: 'how long the permission holds, from today',
    fallback: '30',
  },
  ...HELP_OPTIONS,
] as const satisfies readonly Option[]

export type ScopeOptionName = (typeof SCOPE_OPTIONS)[number]['long'][0]
