import { expect, test } from 'vitest'
import { parseModule } from './module'
import { moduleProblems, neededKinds } from './requirements'

const ascii = (text: string) => [text.length, ...[...text].map((char) => char.charCodeAt(0))]
const section = (id: number, ...body: number[]) => [id, body.length, ...body]
const module = (...sections: number[][]) => Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections.flat()])

// (module
//   (import "wasmbed_device" "led_set" (func (param i32 i32) (result i32)))
//   (memory 1 2)
//   (func (export "_start")))
const types = section(1, 2, 0x60, 2, 0x7f, 0x7f, 1, 0x7f, 0x60, 0, 0)
const importLed = section(2, 1, ...ascii('wasmbed_device'), ...ascii('led_set'), 0, 0)
const functions = section(3, 1, 1)
const memory = section(5, 1, 1, 1, 2)
const exports = section(7, 1, ...ascii('_start'), 0, 1)
const code = section(10, 1, 2, 0, 0x0b)
const blink = module(types, importLed, functions, memory, exports, code)

test('reads imports, exports, memory and functions', () => {
  expect(parseModule(blink)).toMatchObject({
    bytes: blink.length,
    imports: [{ module: 'wasmbed_device', name: 'led_set', kind: 'function', type: { params: ['i32', 'i32'], results: ['i32'] } }],
    exports: [{ name: '_start', kind: 'function', index: 1 }],
    memory: { minBytes: 65_536, maxBytes: 131_072, pageBytes: 65_536 },
    functions: 1,
    start: { params: [], results: [] },
  })
})

test('reads memories with pages of one byte', () => {
  const small = module(types, functions, section(5, 1, 0x08, 0xd8, 0x04, 0), code)
  expect(parseModule(small).memory).toEqual({ minBytes: 600, maxBytes: undefined, pageBytes: 1 })
})

test('refuses what is no module, with the place', () => {
  expect(() => parseModule(new TextEncoder().encode('#!/bin/sh\n'))).toThrow('does not begin with')
  expect(() => parseModule(Uint8Array.from([0, 0x61, 0x73, 0x6d, 2, 0, 0, 0]))).toThrow('unknown version 2, at byte 4')
  expect(() => parseModule(Uint8Array.from([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]))).toThrow('component')
})

test('every truncation of a module is refused or still whole, and none hangs', () => {
  for (let length = 0; length < blink.length; length++) {
    const cut = blink.subarray(0, length)
    // A cut between sections leaves functions without bodies or a module without functions.
    if (length === 8 || length === 8 + types.length || length === 8 + types.length + importLed.length) expect(parseModule(cut).functions).toBe(0)
    else expect(() => parseModule(cut), `cut at ${length}`).toThrow(/at byte \d+$/)
  }
})

test('refuses counts that the bytes cannot hold', () => {
  expect(() => parseModule(module(section(1, 0xff, 0xff, 0xff, 0xff, 0x0f)))).toThrow('length out of bounds')
  expect(() => parseModule(module(section(1, 0xff, 0xff, 0xff, 0xff, 0x7f)))).toThrow('integer too large')
})

test('refuses sections out of order and bodies that do not match', () => {
  expect(() => parseModule(module(functions, types))).toThrow('unknown type 1')
  expect(() => parseModule(module(types, types))).toThrow('out of order or there twice')
  expect(() => parseModule(module(types, functions))).toThrow('1 functions are declared and 0 have a body')
})

test('any single wrong byte gives a result or a MalformedModule, never another error', () => {
  for (let at = 0; at < blink.length; at++)
    for (const value of [0x00, 0x7f, 0x80, 0xff]) {
      const bent = blink.slice()
      bent[at] = value
      try {
        parseModule(bent)
      } catch (error) {
        expect((error as Error).name).toBe('MalformedModule')
      }
    }
})

test('says which permissions the imports need', () => {
  const info = parseModule(blink)
  expect(neededKinds(info)).toEqual(['Led'])
  expect(moduleProblems(info, [])).toEqual(['It imports functions that need a permission led:…, and none is granted.'])
  expect(moduleProblems(info, ['led:0'])).toEqual([])
})

test('finds imports that devices do not offer, and those of another type', () => {
  const unknown = parseModule(module(types, section(2, 1, ...ascii('env'), ...ascii('abort'), 0, 0), functions, exports, code))
  expect(moduleProblems(unknown, [])[0]).toBe('devices offer nothing named env.abort')
  const other = parseModule(module(types, section(2, 1, ...ascii('wasmbed_device'), ...ascii('led_set'), 0, 1), functions, exports, code))
  expect(moduleProblems(other, ['led:0'])[0]).toBe('wasmbed_device.led_set is imported as () → (); devices offer it as (i32, i32) → (i32)')
})

test('compares the declared memory with the limit', () => {
  expect(moduleProblems(parseModule(blink), ['led:0'], 4096)).toEqual(['It declares 65536 bytes of memory; the limit is 4096: 61440 bytes are missing.'])
})

test('a program needs _start', () => {
  expect(moduleProblems(parseModule(module(types, functions, code)), [])).toEqual(['The module exports no function _start; a program has one.'])
})
