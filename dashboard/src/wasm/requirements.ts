// What a module needs of the platform: which imports devices offer, and which permissions they take. The same rules as the controller's
// check (services/controller/module_check.cpp), so that a person hears of a problem before anything is sent.
import { kHostFunctions, type HostFunction } from './host_functions.gen'
import { type ModuleImport, type ModuleInfo, typeText } from './module'

/** Limit of Application.spec.module.inline, decoded. */
export const kModuleBytesMax = 131_072

export interface ImportNeed {
  import: ModuleImport
  offered?: HostFunction
  problem?: string
}

/** `led:0` → Led. */
export function permissionKind(permission: string): string {
  const word = permission.split(':')[0] ?? ''
  return word === '' ? '' : word[0]!.toUpperCase() + word.slice(1)
}

function signatureOf(entry: ModuleImport): string {
  const letters = (types: string[]) => types.map((type) => (type === 'i32' ? 'i' : type === 'i64' ? 'I' : `<${type}>`)).join('')
  return entry.type ? `(${letters(entry.type.params)})${letters(entry.type.results)}` : ''
}

function signatureText(signature: string): string {
  const [params = '', results = ''] = signature.slice(1).split(')')
  const types = (letters: string) => [...letters].map((letter) => (letter === 'i' ? 'i32' : 'i64'))
  return typeText({ params: types(params), results: types(results) })
}

export function importNeeds(module: ModuleInfo): ImportNeed[] {
  return module.imports.map((entry) => {
    const name = `${entry.module}.${entry.name}`
    const offered = kHostFunctions.find((row) => row.module === entry.module && row.name === entry.name)
    if (entry.kind !== 'function') return { import: entry, problem: `${name} is a ${entry.kind}; devices offer functions only` }
    if (!offered) return { import: entry, problem: `devices offer nothing named ${name}` }
    if (signatureOf(entry) !== offered.signature) return { import: entry, offered, problem: `${name} is imported as ${typeText(entry.type!)}; devices offer it as ${signatureText(offered.signature)}` }
    return { import: entry, offered }
  })
}

/** Kinds of permission the imports need, `Led`, each once. */
export function neededKinds(module: ModuleInfo): string[] {
  const kinds = importNeeds(module).map((need) => need.offered?.permission).filter((kind): kind is string => kind !== undefined && kind !== 'None')
  return [...new Set(kinds)]
}

/** Why the platform would refuse the module, in the words of the controller; empty: nothing found. */
export function moduleProblems(module: ModuleInfo, permissions: string[], memoryLimit?: number): string[] {
  const problems = importNeeds(module).flatMap((need) => (need.problem ? [need.problem] : []))
  if (module.bytes > kModuleBytesMax) problems.push(`The module has ${module.bytes} bytes; at most ${kModuleBytesMax} are taken.`)
  if (!module.start) problems.push('The module exports no function _start; a program has one.')
  else if (module.start.params.length > 0) problems.push(`_start has type ${typeText(module.start)}; it must take nothing.`)
  const granted = new Set(permissions.map(permissionKind))
  for (const kind of neededKinds(module)) {
    if (!granted.has(kind)) problems.push(`It imports functions that need a permission ${kind.toLowerCase()}:…, and none is granted.`)
  }
  const declared = module.memory?.minBytes ?? 0
  if (memoryLimit !== undefined && declared > memoryLimit) problems.push(`It declares ${declared} bytes of memory; the limit is ${memoryLimit}: ${declared - memoryLimit} bytes are missing.`)
  return problems
}
