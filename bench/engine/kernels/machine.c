// An interpreter of its own little code: a switch as br_table, registers in an array.
enum { kAdd, kAddConstant, kMultiply, kSubtract, kXor, kDecrement, kJumpIfNot0, kRotate, kStop };
static const unsigned char code[][3] = {
    {kXor, 2, 0}, {kDecrement, 6, 0},     {kAdd, 0, 1},      {kMultiply, 1, 2},   {kRotate, 2, 3},
    {kAdd, 3, 1}, {kAddConstant, 4, 7},   {kSubtract, 5, 4}, {kJumpIfNot0, 6, 1}, {kDecrement, 7, 0},
    {kXor, 6, 3}, {kAddConstant, 7, 255}, {kStop, 0, 0},
};

static unsigned execute(unsigned* r) {
    for (unsigned pc = 0, steps = 0;; steps++) {
        const unsigned char* op = code[pc++];
        const unsigned to = op[1], from = op[2];
        switch (op[0]) {
            case kAdd:
                r[to] += r[from];
                break;
            case kAddConstant:
                r[to] += from;
                break;
            case kMultiply:
                r[to] *= r[from] | 1;
                break;
            case kSubtract:
                r[to] -= r[from];
                break;
            case kXor:
                r[to] ^= r[from];
                break;
            case kDecrement:
                r[to]--;
                break;
            case kJumpIfNot0:
                if (r[to]) pc = from;
                break;
            case kRotate:
                r[to] = r[to] >> from | r[to] << (32 - from);
                break;
            default:
                return steps;
        }
    }
}

unsigned run(unsigned seed) {
    unsigned registers[8] = {seed, 1, 2, 3, 4, 5, 120, 7};
    unsigned hash = execute(registers);
    for (int i = 0; i < 8; i++) hash = hash * 31 + registers[i];
    return hash;
}
