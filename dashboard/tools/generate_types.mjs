#!/usr/bin/env node
// Writes what the dashboard knows of the rest of the repository: src/api/types.gen.ts from deploy/crds (one interface per object of the
// schemas, and the bounds forms check input against), src/wasm/host_functions.gen.ts from the table in core/hostapi.
// `--check` writes nothing and ends with status 1 when a file is not what its source says.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'

const here = dirname(fileURLToPath(import.meta.url))
const crdFolder = join(here, '../../deploy/crds')

const capitalized = (word) => word[0].toUpperCase() + word.slice(1)
const fieldName = (name) => (/^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name))
const comment = (text, indent) => (text ? `${indent}/** ${text.replaceAll('*/', '* /').replace(/\s+/g, ' ')} */\n` : '')

/** The interfaces of one schema, innermost last; a nested object is named after its path (`DeviceStatusSession`). */
class Interfaces {
  texts = []

  typeOf(schema, name) {
    if (schema.enum) return schema.enum.map((value) => (typeof value === 'string' ? `'${value}'` : String(value))).join(' | ')
    if (schema.type === 'string') return 'string'
    if (schema.type === 'boolean') return 'boolean'
    if (schema.type === 'integer' || schema.type === 'number') return 'number'
    if (schema['x-kubernetes-int-or-string']) return 'number | string'
    if (schema.type === 'array') {
      const item = this.typeOf(schema.items, name)
      return item.includes(' ') ? `(${item})[]` : `${item}[]`
    }
    if (schema.properties) return this.add(schema, name)
    if (schema.additionalProperties) return `Record<string, ${this.typeOf(schema.additionalProperties, name)}>`
    return schema['x-kubernetes-preserve-unknown-fields'] || schema.type === 'object' ? 'Record<string, unknown>' : 'unknown'
  }

  add(schema, name) {
    const at = this.texts.push('') - 1
    const required = new Set(schema.required ?? [])
    const fields = Object.entries(schema.properties).map(([key, field]) => {
      const type = key === 'conditions' && field.type === 'array' ? 'Condition[]' : this.typeOf(field, name + capitalized(key))
      return `${comment(field.description, '  ')}  ${fieldName(key)}${required.has(key) ? '' : '?'}: ${type}\n`
    })
    this.texts[at] = `${comment(schema.description, '')}export interface ${name} {\n${fields.join('')}}\n`
    return name
  }
}

const kBoundNames = ['minimum', 'maximum', 'minLength', 'maxLength', 'pattern', 'default', 'maxItems', 'enum', 'maxProperties']

/** `path of the field` -> what the schema allows there, for the fields people fill in (spec). */
function boundsOf(schema, path, into) {
  const found = Object.fromEntries(kBoundNames.filter((name) => name in schema).map((name) => [name, schema[name]]))
  if (Object.keys(found).length > 0) into[path] = found
  for (const [key, field] of Object.entries(schema.properties ?? {})) boundsOf(field, path ? `${path}.${key}` : key, into)
  if (schema.items) boundsOf(schema.items, `${path}[]`, into)
}

function generate() {
  const files = readdirSync(crdFolder).filter((name) => name.endsWith('.yaml')).sort()
  const parts = ['// Made by tools/generate_types.mjs from deploy/crds; change those and run `npm run types`.\n']
  parts.push("import type { Condition, KubeObject } from './kube'\n")
  for (const file of files) {
    const crd = parse(readFileSync(join(crdFolder, file), 'utf8'))
    const kind = crd.spec.names.kind
    const schema = crd.spec.versions.find((version) => version.storage).schema.openAPIV3Schema
    const interfaces = new Interfaces()
    interfaces.add(schema.properties.spec, `${kind}Spec`)
    if (schema.properties.status) interfaces.add(schema.properties.status, `${kind}Status`)
    parts.push(...interfaces.texts)
    const status = schema.properties.status ? `  status?: ${kind}Status\n` : ''
    parts.push(`${comment(schema.description, '')}export interface ${kind} extends KubeObject {\n  spec: ${kind}Spec\n${status}}\n`)
    const bounds = {}
    boundsOf(schema.properties.spec, '', bounds)
    const lines = Object.entries(bounds).map(([path, bound]) => `  ${JSON.stringify(path)}: ${JSON.stringify(bound)},\n`)
    parts.push(`/** What the schema allows in fields of ${kind}.spec. */\nexport const k${kind}Bounds = {\n${lines.join('')}} as const\n`)
  }
  return parts.join('\n')
}

/** The rows of the table of host functions: import, signature, permission, documentation. */
function generateHostFunctions() {
  const table = readFileSync(join(here, '../../core/hostapi/host_functions.inc'), 'utf8').replace(/^\/\/.*$/gm, '')
  const rows = [...table.matchAll(/HOST_FUNCTION\(\s*\w+,\s*"([^"]+)",\s*"([^"]+)",\s*"([^"]+)",\s*(\w+),[\s\S]*?((?:"(?:[^"\\]|\\.)*"\s*)+)\)\n/g)].map(
    ([, module, name, signature, permission, doc]) => ({ module, name, signature, permission, doc: [...doc.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((part) => part[1]).join('') }),
  )
  const expected = (table.match(/^HOST_FUNCTION\(/gm) ?? []).length
  if (rows.length !== expected) throw new Error(`host_functions.inc has ${expected} rows, ${rows.length} were understood`)
  return [
    '// Made by tools/generate_types.mjs from core/hostapi/host_functions.inc; change that and run `npm run types`.\n',
    'export interface HostFunction {\n  module: string\n  name: string\n  /** "(iiI)i": i = i32, I = i64. */\n  signature: string\n  /** Kind of permission the import needs; None: every app may have it. */\n  permission: string\n  doc: string\n}\n',
    `export const kHostFunctions: readonly HostFunction[] = [\n${rows.map((row) => `  ${JSON.stringify(row)},\n`).join('')}]\n`,
  ].join('\n')
}

const outputs = { 'src/api/types.gen.ts': generate(), 'src/wasm/host_functions.gen.ts': generateHostFunctions() }
for (const [name, text] of Object.entries(outputs)) {
  const file = join(here, '..', name)
  if (!process.argv.includes('--check')) writeFileSync(file, text)
  else if (readFileSync(file, 'utf8') !== text) {
    console.error(`${name} is not what its source says: run \`npm run types\` in dashboard/`)
    process.exitCode = 1
  }
}
