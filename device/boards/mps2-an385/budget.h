/* What an image may use of this board; the link fails when it uses more. The board itself has far more (see the device
 * tree); these are the sizes of the products it stands for. Preprocessed into the linker script. Bytes. */
#ifndef WASMBED_MPS2_AN385_BUDGET_H
#define WASMBED_MPS2_AN385_BUDGET_H

#define BUDGET_FLASH 0x28000       /* 160 KB: code, constants and initial values */
#define BUDGET_STATIC_RAM 0xC000   /* 48 KB: .data and .bss, without stack and arena */
#define BUDGET_STACK 0x3000        /* 12 KB: TLS handshake 2.2 KB deep, translating a module, fault handler on top */
#define BUDGET_APPS_ARENA 0x100000 /* 1 MB: modules being installed, linear memories (64 KB pages), frames */

#endif
