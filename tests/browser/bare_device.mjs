// A device that nobody announced: the simulator's firmware with a factory partition that has no name and no token, as pairing is for.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { kRoot } from './platform.mjs'

const kFirmware = path.join(kRoot, 'build/firmware/sim.elf')
/** Of the sim board's storage (device/boards/sim/sim_board.hpp). */
const kStoreFileBytes = 64 * 1024 + 2 * 1024 * 1024

/** CBOR of what a factory partition holds (core/proto/provision.cddl): numbers, text, bytes, lists, maps with number keys. */
function cbor(value) {
  const head = (major, count) => (count < 24 ? Buffer.from([major * 32 + count]) : count < 256 ? Buffer.from([major * 32 + 24, count]) : Buffer.from([major * 32 + 25, count >> 8, count & 255]))
  if (typeof value === 'number') return head(0, value)
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value])
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(cbor)])
  return Buffer.concat([head(5, value.size), ...[...value].flat().map(cbor)])
}

/** CRC-32 of IEEE 802.3. */
function crc32(bytes) {
  let crc = ~0
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}

function partition(trust, gateway) {
  const roots = [...trust['service-ca.pem'].matchAll(/-----BEGIN CERTIFICATE-----([^-]*)-----END/g)].map(([, text]) => Buffer.from(text, 'base64'))
  const keys = JSON.parse(trust['manifest-keys.json']).map(({ kid, publicKey }) => new Map([[1, Buffer.from(kid, 'hex')], [2, Buffer.from(publicKey, 'base64')]]))
  const item = cbor(new Map([[3, roots], [4, keys], [5, [gateway]]]))
  const head = Buffer.alloc(12)
  head.write('WBPV')
  head.writeUInt32LE(item.length, 4)
  head.writeUInt32LE(crc32(item), 8)
  return Buffer.concat([head, item])
}

export class BareDevice {
  /** Switches one on that knows the platform's gateway and roots, and nothing else. */
  static async start(platform, name) {
    const trust = (await platform.get('configmap', 'wasmbed-trust')).data
    const [gateway] = (await platform.get('gateway', 'default')).spec.endpoints
    const store = path.join(platform.home, `${name}.store`)
    const bytes = Buffer.alloc(kStoreFileBytes, 0xff)
    partition(trust, gateway).copy(bytes)
    await writeFile(store, bytes)
    return new BareDevice(spawn(kFirmware, ['--store', store], { stdio: ['pipe', 'ignore', 'ignore'] }))
  }

  constructor(process) {
    this.process = process
  }

  async stop() {
    this.process.kill('SIGKILL')
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, 'exit')
  }
}
