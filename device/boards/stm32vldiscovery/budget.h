/* What an image may use of this board: all of it. Preprocessed into the linker script. Bytes. */
#ifndef WASMBED_STM32VLDISCOVERY_BUDGET_H
#define WASMBED_STM32VLDISCOVERY_BUDGET_H

#define BUDGET_FLASH 0x20000 /* 128 KB */
#define BUDGET_STACK 0x800   /* 2 KB: a TLS handshake is 1.85 KB deep */
/* What tests/e2e/high_water_test.py must find unused, with an app beside it and without. */
#define BUDGET_STACK_MARGIN 64
/* Likewise: the arena is filled by blocks of the same sizes in every session. */
#define BUDGET_CRYPTO_MARGIN 8
#define BUDGET_APPS_STACK 0x1E0 /* of it, what nothing but handshakes and signatures reaches: an app's in between */
#define BUDGET_STACK_GUARD 32   /* of it: touching that is a fault, where the chip has an MPU */
/* .data and .bss: the rest of 8 KB but the reset record and what only handshakes use. */
#define BUDGET_STATIC_RAM 0x1380

/* Queues between interrupts and the superloop, powers of two. */
#define BUDGET_CONSOLE_SEND 8 /* lines are written blocking */
#define BUDGET_CONSOLE_RECEIVE 8
#define BUDGET_LINK_SEND 32
#define BUDGET_LINK_RECEIVE 64
#define BUDGET_ELEMENT_RECEIVE 16
#define BUDGET_FACTORY 256 /* kPskProvisionBytesMax: with one key and an address of 15, 63 for "namespace/name" */

#endif
