/** What typedoc and its Markdown plugin are told. */
import { fileURLToPath } from 'node:url'
import type { TypeDocOptions } from 'typedoc'
import type { PluginOptions } from 'typedoc-plugin-markdown'

export const SETTINGS: TypeDocOptions & Partial<PluginOptions> = {
  plugin: ['typedoc-plugin-markdown'],
  name: 'API reference',
  readme: fileURLToPath(new URL('../overview.md', import.meta.url)),
  mergeReadme: true,
  router: 'api',
  theme: 'api',
  membersWithOwnFile: ['Class'],
  // Nothing that changes by itself: no address of the repository, no revision, no version.
  disableGit: true,
  sourceLinkTemplate: '{path}',
  hideGenerator: true,
  hideBreadcrumbs: true,
  excludePrivate: true,
  excludeProtected: true,
  excludeInternal: true,
  excludeExternals: true,
  excludeReferences: true,
  skipErrorChecking: true,
  logLevel: 'Error',
  // By kind first, as the pages are: names that differ in case only get their anchors in this order.
  sort: ['kind', 'alphabetical'],
  indexFormat: 'table',
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  classPropertiesFormat: 'table',
  typeAliasPropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
  // The source of a name would go stale with every line above it; where a member comes from says the head of its class.
  tableColumnSettings: { hideSources: true, hideInherited: true, hideOverrides: true, hideModifiers: true },
  pageTitleTemplates: {
    index: '{projectName}',
    module: ({ rawName }) => (rawName === 'index' ? '`portolan`' : `\`portolan/${rawName}\``),
    member: '{name}',
  },
}
