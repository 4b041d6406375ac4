/* lwIP's port to this firmware: no stdio; an assertion is a bug of ours and ends in the fault handler. */
#ifndef WASMBED_LWIP_CC_H
#define WASMBED_LWIP_CC_H

#include <stdint.h>

#define LWIP_NO_CTYPE_H 1
#define LWIP_PLATFORM_DIAG(x) \
    do {                      \
    } while (0)

#ifdef __cplusplus
extern "C"
#endif
    void
    wasmbed_assert_failed(const char* file, int line);
/* Without the text: the assertions' texts would take 5 KB of flash. */
#define LWIP_PLATFORM_ASSERT(text) wasmbed_assert_failed(__FILE_NAME__, __LINE__)

typedef int sys_prot_t;

#endif
