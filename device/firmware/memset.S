// memset by words: the C library's goes byte by byte, and a store's segment (256 KB) or an app's memory is erased between two turns of other
// apps. Unaligned words are allowed by ARMv7-M and ARMv8-M in normal memory.
    .syntax unified
    .thumb
    .section .text.memset, "ax", %progbits
    .global memset
    .type memset, %function
    .thumb_func
memset: // r0 place, which is the result; r1 byte; r2 size
    mov r3, r0
    uxtb r1, r1
    orr r1, r1, r1, lsl #8
    orr r1, r1, r1, lsl #16
.Lwords:
    subs r2, r2, #4
    blo .Lrest
    str r1, [r3], #4
    b .Lwords
.Lrest:
    adds r2, r2, #4
.Lbytes:
    subs r2, r2, #1
    blo .Ldone
    strb r1, [r3], #1
    b .Lbytes
.Ldone:
    bx lr
    .size memset, . - memset
