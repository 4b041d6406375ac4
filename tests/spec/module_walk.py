"""The fields and instructions of a WebAssembly module, as [start, end) in its bytes.

A walk of its own beside the engine's: it knows where things begin and end (WebAssembly 2.0, section 5, and the proposals' encodings) and judges
nothing. Where a module breaks off or cannot be read on, the rest is one last piece.
"""


class Broken(Exception):
    pass


class Walk:
    def __init__(self, module):
        self.module = module
        self.at = 0
        self.end = len(module)
        self.pieces = []
        self.bodies = []
        try:
            self.walk()
        except Broken:
            # Where it breaks off counts too.
            self.pieces.append((self.piece_at, self.end + 1, "what cannot be read"))

    # ---- what lies where: each is [start, end); at the end of all it is empty

    def piece_to(self, offset):
        """The one that ends at the offset, or in which it lies."""
        return next(((start, end) for start, end, _ in self.pieces if start < offset <= end), (offset, offset))

    def piece_from(self, offset):
        """The one that begins at the offset, or in which it lies."""
        return next(((start, end) for start, end, _ in self.pieces if start <= offset < end), (offset, offset))

    def piece_before(self, offset):
        return self.piece_to(offset)

    def last_of(self, name, offset):
        """The last one of the name that begins before the offset."""
        return [(start, end) for start, end, found in self.pieces if found == name and start < offset][-1]

    def last_instruction(self, offset):
        """Of the function in whose body the offset lies."""
        end = next(end for start, end in self.bodies if start <= offset <= end)
        return self.piece_to(end)

    def next_instruction(self, offset, opcodes):
        """The first of the opcodes that begins at the offset or behind it."""
        return next((start, end) for start, end, name in self.pieces
                    if name == "instruction" and start >= offset and self.module[start] in opcodes)

    # ---- reading

    def byte(self):
        if self.at >= self.end:
            raise Broken
        self.at += 1
        return self.module[self.at - 1]

    def leb(self, bits):
        value = 0
        for shift in range(0, bits, 7):
            b = self.byte()
            value |= (b & 0x7F) << shift
            if not b & 0x80:
                return value
        raise Broken

    def skip(self, count):
        if count > self.end - self.at:
            raise Broken
        self.at += count

    def piece(self, name, read):
        """What `read` reads is one piece."""
        self.piece_at = self.at
        value = read()
        self.pieces.append((self.piece_at, self.at, name))
        return value

    def u32(self, name="number"):
        return self.piece(name, lambda: self.leb(32))

    def one(self, name):
        return self.piece(name, self.byte)

    def vector(self, item):
        for _ in range(self.u32("count")):
            item()

    # ---- the module

    def walk(self):
        self.piece("magic", lambda: self.skip(4))
        self.piece("version", lambda: self.skip(4))
        while self.at < len(self.module):
            section = self.one("section id")
            size = self.u32("section size")
            if size > len(self.module) - self.at or section > 12:
                raise Broken
            self.section(section, self.at + size)

    def section(self, section, end):
        read = {1: self.type, 2: self.import_, 3: self.u32, 4: self.table, 5: self.limits, 6: self.global_, 7: self.export, 9: self.element,
                10: self.body, 11: self.data}
        self.end = end
        self.piece_at = self.at
        if section == 0:
            self.name()
            self.piece("custom section", lambda: self.skip(end - self.at))
        elif section in (8, 12):
            self.u32()
        else:
            self.vector(read[section])
        if self.at != end:
            self.piece_at = self.at
            raise Broken
        self.end = len(self.module)

    def name(self):
        self.piece("name", lambda: self.skip(self.leb(32)))

    def type(self):
        self.one("form")
        self.vector(lambda: self.one("value type"))
        self.vector(lambda: self.one("value type"))

    def limits(self):
        self.piece("limits", self.read_limits)

    def read_limits(self):
        flags = self.byte()
        wide = 64 if flags & 4 else 32
        self.leb(wide)
        if flags & 1:
            self.leb(wide)
        if flags & 8:
            self.leb(32)

    def table(self):
        self.one("reference type")
        self.limits()

    def import_(self):
        self.name()
        self.name()
        kind = self.one("kind")
        if kind == 0:
            self.u32("type index")
        elif kind == 1:
            self.table()
        elif kind == 2:
            self.limits()
        elif kind == 3:
            self.global_type()
        else:
            self.piece_at = self.at
            raise Broken

    def global_type(self):
        self.one("value type")
        self.one("mutability")

    def global_(self):
        self.global_type()
        self.expression()

    def export(self):
        self.name()
        self.one("kind")
        self.u32("index")

    def element(self):
        flags = self.u32("segment kind")
        if flags & 1 == 0:
            if flags & 2:
                self.u32("table index")
            self.expression()
        if flags & 3:
            self.one("element kind")
        self.vector(self.expression if flags & 4 else lambda: self.u32("function index"))

    def data(self):
        flags = self.u32("segment kind")
        if flags == 2:
            self.u32("memory index")
        if flags != 1:
            self.expression()
        self.piece("bytes", lambda: self.skip(self.leb(32)))

    def body(self):
        size = self.u32("body size")
        outer = self.end
        if size > outer - self.at:
            raise Broken
        self.end = self.at + size
        self.bodies.append((self.at, self.end))
        self.vector(lambda: self.piece("locals", lambda: (self.leb(32), self.byte())))
        while self.at < self.end:
            self.piece("instruction", self.instruction)
        self.end = outer

    def expression(self):
        depth = 1
        while depth:
            opcode = self.piece("instruction", self.instruction)
            depth += opcode in (2, 3, 4)
            depth -= opcode == 0x0B

    # ---- instructions

    def instruction(self):
        opcode = self.byte()
        if opcode in (0x02, 0x03, 0x04):
            self.leb(33)
        elif opcode in (0x0C, 0x0D, 0x10, 0x12, 0xD0, 0xD2, 0x3F, 0x40) or 0x20 <= opcode <= 0x26:
            self.leb(32)
        elif opcode == 0x0E:
            for _ in range(self.leb(32) + 1):
                self.leb(32)
        elif opcode in (0x11, 0x13):
            self.leb(32), self.leb(32)
        elif opcode == 0x1C:
            self.skip(self.leb(32))
        elif 0x28 <= opcode <= 0x3E:
            if self.leb(32) & 0x40:
                self.leb(32)
            self.leb(32)
        elif opcode == 0x41:
            self.leb(32)
        elif opcode == 0x42:
            self.leb(64)
        elif opcode in (0x43, 0x44):
            self.skip(4 if opcode == 0x43 else 8)
        elif opcode == 0xFC:
            sub = self.leb(32)
            for _ in range((2, 1, 2, 1, 2, 1, 2, 1, 1, 1)[sub - 8] if 8 <= sub < 18 else 0):
                self.leb(32)
        return opcode
