// Reads deterministic CBOR (RFC 8949 section 4.2): what manifests are made of. Maps come back as Map, byte strings as Uint8Array.

export type Cbor = number | boolean | string | null | Uint8Array | Cbor[] | Map<Cbor, Cbor>

/** Manifests nest four levels; more is no manifest. */
const kDepthMax = 16

class Decoder {
  private at = 0
  constructor(private readonly bytes: Uint8Array) {}

  get done() { return this.at === this.bytes.length }

  item(depth = 0): Cbor {
    if (depth > kDepthMax) throw new Error('CBOR nests too deep')
    const head = this.take(1)[0]!
    const major = head >> 5
    if (major === 7) return this.simple(head & 0x1f)
    const value = this.argument(head & 0x1f)
    switch (major) {
      case 0: return value
      case 1: return -1 - value
      case 2: return this.take(value)
      case 3: return new TextDecoder('utf-8', { fatal: true }).decode(this.take(value))
      case 4: return this.repeat(value, () => this.item(depth + 1))
      case 5: return new Map(this.repeat(value, () => [this.item(depth + 1), this.item(depth + 1)] as [Cbor, Cbor]))
      default: return this.item(depth + 1) // A tag says what the item is; the caller knows.
    }
  }

  private simple(value: number): Cbor {
    if (value === 20 || value === 21) return value === 21
    if (value === 22) return null
    throw new Error(`CBOR simple value ${value} is not used here`)
  }

  private argument(info: number): number {
    if (info < 24) return info
    if (info > 27) throw new Error('CBOR of indefinite length')
    return this.take(1 << (info - 24)).reduce((value, byte) => value * 256 + byte, 0)
  }

  private repeat<T>(count: number, one: () => T): T[] {
    if (count > this.bytes.length) throw new Error('CBOR count out of bounds')
    return Array.from({ length: count }, one)
  }

  private take(length: number): Uint8Array {
    if (this.at + length > this.bytes.length) throw new Error('CBOR ends early')
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }
}

/** One item, and nothing after it; throws Error. */
export function decodeCbor(bytes: Uint8Array): Cbor {
  const decoder = new Decoder(bytes)
  const item = decoder.item()
  if (!decoder.done) throw new Error('CBOR goes on after its item')
  return item
}
