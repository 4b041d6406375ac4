/* What an image may use of this board: all of it. Preprocessed into the linker script. Bytes. */
#ifndef WASMBED_STM32VLDISCOVERY_BUDGET_H
#define WASMBED_STM32VLDISCOVERY_BUDGET_H

#define BUDGET_FLASH 0x20000     /* 128 KB */
#define BUDGET_STACK 0x900       /* 2.25 KB: a TLS handshake is 2.0 KB deep */
#define BUDGET_STACK_GUARD 32    /* of it: touching that is a fault, where the chip has an MPU */
#define BUDGET_STATIC_RAM 0x16F0 /* the rest of 8 KB but the reset record */

/* Queues between interrupts and the superloop, powers of two. */
#define BUDGET_CONSOLE_SEND 16 /* lines are written blocking */
#define BUDGET_CONSOLE_RECEIVE 8
#define BUDGET_LINK_SEND 32
#define BUDGET_LINK_RECEIVE 64
#define BUDGET_ELEMENT_RECEIVE 16
#define BUDGET_FACTORY 320 /* a partition without certificates; the Device's name may have 90 characters */

#endif
