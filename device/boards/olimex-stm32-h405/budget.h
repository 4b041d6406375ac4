/* What an image may use of this board; the link fails when it uses more. Preprocessed into the linker script. Bytes. */
#ifndef WASMBED_OLIMEX_STM32_H405_BUDGET_H
#define WASMBED_OLIMEX_STM32_H405_BUDGET_H

/* Stack, .data and .bss lie in core-coupled memory, 64 KB; the 128 KB of SRAM are the apps' arena, all of them. */
#define BUDGET_FLASH 0x2C000     /* 176 KB of 1 MB */
#define BUDGET_STATIC_RAM 0xC000 /* 48 KB: .data and .bss, without stack and arena */
#define BUDGET_STACK 0x3000      /* 12 KB, as on mps2-an385 */
#define BUDGET_STACK_GUARD 0x400 /* of it: touching that is a fault */

/* Queues between interrupts and the superloop, powers of two. */
#define BUDGET_CONSOLE_SEND 1024 /* some lines of log */
#define BUDGET_CONSOLE_RECEIVE 128
#define BUDGET_LINK_SEND 512
#define BUDGET_LINK_RECEIVE 1024
#define BUDGET_ELEMENT_RECEIVE 256 /* the longest answer of the secure element */
#define BUDGET_FACTORY 4096        /* copy of the factory partition */

#endif
