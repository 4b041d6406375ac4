// Table of 256 words, bytes of a buffer.
static unsigned table[256];
static unsigned char data[1024];
unsigned run(unsigned seed) {
    for (unsigned i = 0; i < 256; i++) {
        unsigned c = i;
        for (int k = 0; k < 8; k++) c = c & 1 ? 0xedb88320u ^ (c >> 1) : c >> 1;
        table[i] = c;
    }
    for (unsigned i = 0; i < sizeof data; i++)
        data[i] = (unsigned char)(seed = seed * 1664525u + 1013904223u, seed >> 24);
    unsigned crc = ~0u;
    for (int round = 0; round < 4; round++)
        for (unsigned i = 0; i < sizeof data; i++) crc = table[(crc ^ data[i]) & 0xff] ^ (crc >> 8);
    return ~crc;
}
