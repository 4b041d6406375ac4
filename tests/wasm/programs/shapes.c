// Function pointers, switches, structures on the stack, doubles and variable arguments, as application code has them.
#include <stdarg.h>

struct shape {
    double (*area)(const struct shape*);
    double a, b;
};

static double rectangle(const struct shape* s) {
    return s->a * s->b;
}
static double ellipse(const struct shape* s) {
    return s->a * s->b * 3.14159265358979;
}
static double triangle(const struct shape* s) {
    return s->a * s->b / 2;
}

static unsigned long long sum_of(int count, ...) {
    va_list list;
    va_start(list, count);
    unsigned long long sum = 0;
    while (count-- > 0) sum = sum * 31 + va_arg(list, unsigned long long);
    va_end(list);
    return sum;
}

static int classify(unsigned c) {
    switch (c) {
        case 0:
            return 3;
        case 1:
            return -9;
        case 2:
            return 77;
        case 5:
            return 1 << 20;
        case 9:
            return 5;
        default:
            return (int)c * 7;
    }
}

__attribute__((export_name("digest"))) unsigned long long digest(void) {
    static double (*const areas[])(const struct shape*) = {rectangle, ellipse, triangle};
    double total = 0;
    unsigned long long sum = 0;
    for (unsigned i = 0; i < 300; i++) {
        struct shape s = {areas[i % 3], i * 0.25, 10.0 / (i + 1)};
        total += s.area(&s);
        sum = sum_of(3, sum, (unsigned long long)classify(i % 12), (unsigned long long)(long long)(total * 1000));
    }
    return sum;
}
