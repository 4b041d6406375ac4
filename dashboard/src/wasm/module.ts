// What a WebAssembly module says of itself in its section headers: enough to show and to check before it is sent. It is no validator:
// function bodies are not read; the controller validates the whole module with the engine that devices have.
import { MalformedModule, Reader } from './reader'

export interface FunctionType {
  params: string[]
  results: string[]
}

export type ExternKind = 'function' | 'table' | 'memory' | 'global' | 'tag'

export interface ModuleImport {
  module: string
  name: string
  kind: ExternKind
  /** Of functions. */
  type?: FunctionType
}

export interface ModuleInfo {
  bytes: number
  imports: ModuleImport[]
  exports: { name: string; kind: ExternKind; index: number }[]
  /** Bytes of linear memory at the start, and at most (undefined: no bound). No memory: absent. */
  memory?: { minBytes: number; maxBytes?: number; pageBytes: number }
  functions: number
  codeBytes: number
  dataBytes: number
  /** Type of the exported function `_start`. */
  start?: FunctionType
  /** Names of custom sections. */
  custom: string[]
}

const kMagic = [0x00, 0x61, 0x73, 0x6d]
const kKinds: ExternKind[] = ['function', 'table', 'memory', 'global', 'tag']
const kValueTypes: Record<number, string> = { 0x7f: 'i32', 0x7e: 'i64', 0x7d: 'f32', 0x7c: 'f64', 0x7b: 'v128', 0x70: 'funcref', 0x6f: 'externref' }
const kSectionNames = ['custom', 'type', 'import', 'function', 'table', 'memory', 'global', 'export', 'start', 'element', 'code', 'data', 'data count', 'tag']
/** 5.5.2: the order of sections; data count (12) stands before code, tag (13) after memory. */
const kSectionOrder = [0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 12, 13, 11, 6]
const kDefaultPageBytes = 65_536

/** Throws MalformedModule. */
export function parseModule(bytes: Uint8Array): ModuleInfo {
  const reader = new Reader(bytes)
  if (bytes.length < 8 || kMagic.some((byte, index) => bytes[index] !== byte)) throw new MalformedModule('this is no WebAssembly module: it does not begin with “\\0asm”', 0)
  reader.take(4)
  const version = reader.u8() | (reader.u8() << 8) | (reader.u8() << 16) | (reader.u8() << 24)
  if (version !== 1) throw new MalformedModule(version === 0x1000d ? 'this is a component; devices run core modules' : `unknown version ${version}`, 4)
  const parser = new ModuleParser(bytes.length)
  let last = 0
  while (!reader.done) {
    const at = reader.offset
    const id = reader.u8()
    const order = kSectionOrder[id]
    if (order === undefined) throw new MalformedModule(`unknown section ${id}`, at)
    if (id !== 0 && order <= last) throw new MalformedModule(`section “${kSectionNames[id]}” is out of order or there twice`, at)
    if (id !== 0) last = order
    const section = reader.part(reader.u32())
    parser.section(id, section)
  }
  return parser.finish(reader.offset)
}

class ModuleParser {
  private readonly types: FunctionType[] = []
  private readonly functionTypes: number[] = []
  private bodies = 0
  private readonly info: ModuleInfo

  constructor(bytes: number) {
    this.info = { bytes, imports: [], exports: [], functions: 0, codeBytes: 0, dataBytes: 0, custom: [] }
  }

  section(id: number, section: Reader) {
    const start = section.offset
    switch (id) {
      case 0: this.info.custom.push(section.name()); return
      case 1: this.each(section, () => this.types.push(functionType(section))); break
      case 2: this.each(section, () => this.import(section)); break
      case 3: this.each(section, () => this.functionTypes.push(this.typeIndex(section))); break
      case 5: this.each(section, () => this.memory(section)); break
      case 7: this.each(section, () => this.info.exports.push({ name: section.name(), kind: externKind(section), index: section.u32() })); break
      case 10: this.each(section, () => void section.take(section.u32()), (count) => (this.bodies = count)); this.info.codeBytes = section.offset - start; break
      case 11: this.info.dataBytes = sizeOf(section); return
      default: return // What is in tables, globals, elements is not shown.
    }
    if (!section.done) throw new MalformedModule(`section “${kSectionNames[id]}” is longer than what is in it`, section.offset)
  }

  finish(end: number): ModuleInfo {
    const imported = this.info.imports.filter((entry) => entry.kind === 'function').length
    this.info.functions = this.functionTypes.length - imported
    if (this.bodies !== this.info.functions) throw new MalformedModule(`${this.info.functions} functions are declared and ${this.bodies} have a body`, end)
    const start = this.info.exports.find((entry) => entry.name === '_start' && entry.kind === 'function')
    if (start) {
      const type = this.types[this.functionTypes[start.index] ?? -1]
      if (!type) throw new MalformedModule(`export _start names function ${start.index}, which is not there`, end)
      this.info.start = type
    }
    return this.info
  }

  private each(section: Reader, entry: () => void, counted?: (count: number) => void) {
    const count = section.count()
    counted?.(count)
    for (let index = 0; index < count; index++) entry()
  }

  private typeIndex(section: Reader): number {
    const at = section.offset
    const index = section.u32()
    if (index >= this.types.length) throw new MalformedModule(`unknown type ${index}`, at)
    return index
  }

  private import(section: Reader) {
    const entry: ModuleImport = { module: section.name(), name: section.name(), kind: externKind(section) }
    if (entry.kind === 'function') {
      const type = this.typeIndex(section)
      this.functionTypes.push(type)
      entry.type = this.types[type]
    } else if (entry.kind === 'memory') this.memory(section)
    else if (entry.kind === 'table') (section.u8(), limits(section))
    else if (entry.kind === 'global') section.take(2)
    else section.take(1), section.u32()
    this.info.imports.push(entry)
  }

  private memory(section: Reader) {
    const { min, max, pageBytes } = limits(section)
    this.info.memory = { minBytes: min * pageBytes, maxBytes: max === undefined ? undefined : max * pageBytes, pageBytes }
  }
}

function sizeOf(section: Reader): number {
  const start = section.offset
  while (!section.done) section.u8()
  return section.offset - start
}

function externKind(section: Reader): ExternKind {
  const at = section.offset
  const kind = kKinds[section.u8()]
  if (!kind) throw new MalformedModule('unknown kind of import or export', at)
  return kind
}

function functionType(section: Reader): FunctionType {
  const at = section.offset
  if (section.u8() !== 0x60) throw new MalformedModule('unknown form of a type; devices know function types', at)
  const list = () => Array.from({ length: section.count() }, () => valueType(section))
  return { params: list(), results: list() }
}

function valueType(section: Reader): string {
  const at = section.offset
  const type = kValueTypes[section.u8()]
  if (!type) throw new MalformedModule('unknown value type', at)
  return type
}

/** 5.3.8, with the custom-page-sizes proposal: flag 8 says that the logarithm of the page size follows. */
function limits(section: Reader): { min: number; max?: number; pageBytes: number } {
  const at = section.offset
  const flags = section.u8()
  if (flags > 0x0f || (flags & 0x04) !== 0) throw new MalformedModule((flags & 0x04) !== 0 ? '64-bit memories are not supported' : 'malformed limits', at)
  const min = section.u32()
  const max = (flags & 0x01) !== 0 ? section.u32() : undefined
  const pageBytes = (flags & 0x08) !== 0 ? 2 ** section.u32() : kDefaultPageBytes
  return { min, max, pageBytes }
}

export function typeText(type: FunctionType): string {
  return `(${type.params.join(', ')}) → (${type.results.join(', ')})`
}
