/* lwIP's port to this firmware: no stdio; an assertion is a bug of ours and ends in the fault handler. */
#ifndef WASMBED_LWIP_CC_H
#define WASMBED_LWIP_CC_H

#include <stdint.h>

#define LWIP_NO_CTYPE_H 1
#define LWIP_PLATFORM_DIAG(x) \
    do {                      \
    } while (0)

/* Neither text nor place: they would take 7 KB of flash. The fault record has the program counter. */
#define LWIP_PLATFORM_ASSERT(text) __builtin_trap()

typedef int sys_prot_t;

#endif
