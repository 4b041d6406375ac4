// Reads the primitive values of a module's binary format. Section numbers refer to the WebAssembly core specification 2.0.

/** The module is not what the format says, at this byte. */
export class MalformedModule extends Error {
  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(`${message}, at byte ${offset}`)
    this.name = 'MalformedModule'
  }
}

export class Reader {
  constructor(
    private readonly bytes: Uint8Array,
    public offset = 0,
    private readonly end = bytes.length,
  ) {}

  get done(): boolean {
    return this.offset >= this.end
  }

  u8(): number {
    if (this.offset >= this.end) throw new MalformedModule('unexpected end', this.offset)
    return this.bytes[this.offset++]!
  }

  /** 5.2.2: unsigned LEB128 of at most 32 bits. */
  u32(): number {
    const at = this.offset
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8()
      if (shift === 28 && byte > 0x0f) throw new MalformedModule('integer too large', at)
      value += (byte & 0x7f) * 2 ** shift
      if ((byte & 0x80) === 0) return value
    }
    throw new MalformedModule('integer representation too long', at)
  }

  /** A count of entries that take at least a byte each: more than there are bytes is a lie. */
  count(): number {
    const at = this.offset
    const value = this.u32()
    if (value > this.end - this.offset) throw new MalformedModule('length out of bounds', at)
    return value
  }

  take(length: number): Uint8Array {
    if (length > this.end - this.offset) throw new MalformedModule('length out of bounds', this.offset)
    this.offset += length
    return this.bytes.subarray(this.offset - length, this.offset)
  }

  /** 5.2.4: names are UTF-8. */
  name(): string {
    const at = this.offset
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(this.take(this.u32()))
    } catch (error) {
      if (error instanceof MalformedModule) throw error
      throw new MalformedModule('malformed UTF-8', at)
    }
  }

  /** A reader of the next bytes alone. */
  part(length: number): Reader {
    const at = this.offset
    this.take(length)
    return new Reader(this.bytes, at, at + length)
  }
}
