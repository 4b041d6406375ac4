/* Memory of the image. Preprocessed with budget.h and the constants of the device tree.
 *
 * The stack lies below all data, with a guard at its end (stack_guard.hpp), so that overflowing it is a fault and not damage. Only what must be loaded is in a segment:
 * an emulator clears segments at every reset, and .noinit has to survive that. */
#ifndef BUDGET_STACK_GUARD
#define BUDGET_STACK_GUARD 1024 /* stack_guard.hpp */
#endif
#ifndef BUDGET_APPS_ARENA
#define BUDGET_APPS_ARENA 0
#endif
ENTRY(reset_handler)

MEMORY {
    code (rx) : ORIGIN = DT_CODE_BASE, LENGTH = BUDGET_FLASH
    ram (rw) : ORIGIN = DT_RAM_BASE, LENGTH = DT_RAM_SIZE
}

PHDRS {
    text PT_LOAD FLAGS(5);
    data PT_LOAD FLAGS(6);
}

SECTIONS {
    .text : {
        KEEP(*(.vectors))
        *(.text .text.*)
        *(.rodata .rodata.*)
        . = ALIGN(4);
        __init_array_start = .;
        KEEP(*(SORT_BY_INIT_PRIORITY(.init_array.*)))
        KEEP(*(.init_array))
        __init_array_end = .;
    } >code :text
    .ARM.exidx : {
        *(.ARM.exidx .ARM.exidx.*)
    } >code :text

    /* Small boards: what only TLS handshakes use, and the end of the stack that only they reach, are the app's in between. */
    .handshake (NOLOAD) : ALIGN(8) {
        __handshake_start = .;
        *(.handshake .handshake.*)
        __handshake_end = .;
    } >ram :NONE
    .stack (NOLOAD) : ALIGN(32) {
        __stack_start = .;
        __stack_guard_end = . + BUDGET_STACK_GUARD;
        . += BUDGET_STACK;
        __stack_end = .;
    } >ram :NONE
    .noinit (NOLOAD) : {
        *(.noinit .noinit.*)
    } >ram :NONE
    .data : ALIGN(8) {
        __data_start = .;
        *(.data .data.*)
        . = ALIGN(8);
        __data_end = .;
    } >ram AT>code :data
    __data_load = LOADADDR(.data);
    .bss (NOLOAD) : ALIGN(8) {
        __bss_start = .;
        *(.bss .bss.* COMMON)
        . = ALIGN(8);
        __bss_end = .;
    } >ram :NONE
#ifdef BUDGET_APPS_STACK
    __apps_arena_start = __handshake_start;
    __apps_arena_end = __stack_start + BUDGET_APPS_STACK;
#elif defined(DT_APPS_BASE)
    /* A memory of the apps' own. */
    __apps_arena_start = DT_APPS_BASE;
    __apps_arena_end = DT_APPS_BASE + DT_APPS_SIZE;
#else
    .apps_arena (NOLOAD) : ALIGN(16) {
        __apps_arena_start = .;
        . += BUDGET_APPS_ARENA;
        __apps_arena_end = .;
    } >ram :NONE
#endif

    /DISCARD/ : { *(.ARM.attributes.unused) *(.eh_frame*) }
}

ASSERT(__data_load + (__data_end - __data_start) <= DT_CODE_BASE + BUDGET_FLASH, "the image exceeds its flash budget (budget.h: BUDGET_FLASH)")
ASSERT((__data_end - __data_start) + (__bss_end - __bss_start) <= BUDGET_STATIC_RAM, "static RAM exceeds its budget (budget.h: BUDGET_STATIC_RAM)")
