#!/usr/bin/env node
// Writes src/api/types.gen.ts from deploy/crds: one interface per object of the schemas, and the bounds forms check input against.
// `--check` writes nothing and ends with status 1 when the file is not what the schemas say.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'

const here = dirname(fileURLToPath(import.meta.url))
const crdFolder = join(here, '../../deploy/crds')
const outFile = join(here, '../src/api/types.gen.ts')

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

const text = generate()
if (process.argv.includes('--check')) {
  if (readFileSync(outFile, 'utf8') !== text) {
    console.error('src/api/types.gen.ts is not what deploy/crds say: run `npm run types` in dashboard/')
    process.exit(1)
  }
} else {
  writeFileSync(outFile, text)
}
