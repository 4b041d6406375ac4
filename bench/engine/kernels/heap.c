// A priority queue of halfwords in an array: indexed 16-bit loads and stores.
static unsigned short heap[512];
static unsigned count;

static void push(unsigned short value) {
    unsigned at = count++;
    while (at > 0) {
        const unsigned parent = (at - 1) / 2;
        if (heap[parent] <= value) break;
        heap[at] = heap[parent];
        at = parent;
    }
    heap[at] = value;
}

static unsigned short pop(void) {
    const unsigned short least = heap[0], last = heap[--count];
    unsigned at = 0;
    for (;;) {
        unsigned child = 2 * at + 1;
        if (child >= count) break;
        if (child + 1 < count && heap[child + 1] < heap[child]) child++;
        if (heap[child] >= last) break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = last;
    return least;
}

unsigned run(unsigned seed) {
    unsigned hash = 0;
    count = 0;
    for (unsigned i = 0; i < 300; i++) {
        seed = seed * 1664525u + 1013904223u;
        push((unsigned short)(seed >> 16));
        if (i % 4 == 3) hash = hash * 31 + pop();
    }
    while (count) hash = hash * 31 + pop();
    return hash;
}
