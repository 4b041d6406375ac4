// The core for Cortex-M (Thumb-2): a handler for each hot operation of ops.inc, whose bodies say what it does; its state stays in registers.
// interpreter.cpp runs the cold operations and comes back here.
//
//   r4 pc (of the operation that is running)   r5 fp   r6 accumulator   r7 memory   r8 limit_32   r9 fuel
//   r10 Registers (registers.hpp)   r11 table of handlers   r12 limit_8   r0-r3, lr free
//
// Operands lie where layout_of (ops.hpp) puts them, at any byte (these cores read halfwords and words from anywhere); each group of handlers says
// where that is. An access is inside if its address is below the limit of its width. Its sum with an offset must not wrap: `adds; it cc; cmpcc`
// leaves carry set if it does or if the address is too high.
//
// Most operations share their ends, and with their twins the rest too: r3 holds the token, whose lowest bit makes the difference. Those that programs
// run often go on by themselves (the lists of fast ones below): three instructions less for about twenty bytes. Subsections bring those that share
// ends near them, where two bytes are enough for a branch: 0 32-bit results of the second page, 1 branches, 2 arithmetic and the ends, 3 the others.
// Under `#if WASMBED_WASM_FORMS`, and in macros under `.ifdef`, is what only builds with all forms have (MORE in ops.inc).
#include "core/wasm/registers.hpp"

#if defined(__thumb2__) && !defined(WASMBED_WASM_PORTABLE_CORE)
#if !defined(WASMBED_WASM_FLOATS)
#define WASMBED_WASM_FLOATS 1
#endif
#if !defined(WASMBED_WASM_FORMS)
#define WASMBED_WASM_FORMS 1
#endif

    .syntax unified
    .thumb
    .section .text.wasmbed_wasm_run_hot, "ax", %progbits

// ---- tokens
    .set token, 0
#define OP(name, form, ...) .set op_##name, token; .set token, token + 1;
#define OP2(name, form, ...) .set op_##name, token; .set token, token + 2;
#include "core/wasm/ops.inc"
#undef OP
#undef OP2
#if WASMBED_WASM_FORMS
    .set kEscape, 255

// ---- lengths of operations that share ends: of branches, of comparisons, of all
#define BRANCH_LENGTHS 3, 4, 5, 6
#define LOOP_LENGTHS 6, 5, 4, 3
#define TRUTH_LENGTHS 3, 4, 5
#define END_LENGTHS 1, 2, 3, 4, 5, 6

// ---- fast operations, and fast twins
.irp op, I32Add_AS, I32Add_AI, I32Add_SS, I32Add_SI, I32Sub_AS, I32Sub_SS, I32Sub_SA, I32And_AS, I32And_AI, I32And_SI, I32Or_AS, I32Xor_AS, \
        I32Shl_AI, I32Shl_SI, I32ShrU_AI, I32ShrU_SI, I32Mul_AS, I32Mul_SS, I32Mul_SI, I32ShlAdd_S, Load32_S, Load32_A, Load32_SI, Load8U_S, \
        Load8U_SI, Load16S_SI
    .set fast_\op, 1
    .set separate_\op, 1
.endr
.irp op, Select, I32Add_AS, I32Add_AI, I32Add_SS, I32Add_SI, I32Sub_AS, I32And_AS, I32And_AI, I32And_SI, I32Or_AS, I32Xor_AS, I32Shl_AI, I32Shl_SI, \
        I32ShrU_AI, I32ShrU_SI, I32Mul_AS, I32Mul_AI, I32Mul_SS, I32Mul_SI, I32AddShl, I32ShlAdd_A, I32ShlAdd_S, I32Rotl_AI, Load32_S, Load32_A, \
        Load32_SO, Load32_SI, Load8U_S, Load8U_SI, Load16S_A
    .set fast_\op\()_d, 1
    .set separate_\op, 1
.endr
.irp op, Eq_AI, Ne_AI, LtS_AS, LtU_AS, LtU_AI, LtU_SI, GeU_SI, Z_A, Z_S, Nz_A, Nz_S         // a handler for Br and one for Loop
    .set separate_\op, 1
.endr
    .set separate_Load16U_A, 1      // a handler each
.irp op, Lda, Sta, Mov, LdwA, Sti, Stw, Inc, Store32_S_A, Store32_S_S, Store32_K_A, Store8_SI_A, Store8_SI_S, Store16_SO_A, I64Add, \
        I64Mul, I64Xor, I64Shl_SI, I64ShrU_SI
    .set fast_\op, 1
.endr

#else               // few forms: what is above, smaller. The first page ends behind ExitEntry (ops.hpp)
    .set kEscape, op_ExitEntry + 1 + ((op_I32Eq_AS - op_ExitEntry - 1) & 1)
#define BRANCH_LENGTHS 3
#define LOOP_LENGTHS 3
#define TRUTH_LENGTHS 3, 4
#define END_LENGTHS 2, 3, 4
.irp op, Z_A, Nz_A
    .set separate_\op, 1
.endr
.irp op, LdwA, Stw          // the only ones of their lengths
    .set fast_\op, 1
.endr
#endif

// ---- handlers by first byte
    .align 2
handlers:
#define OPS_HOT
#define OP(name, form, ...) .if op_##name < kEscape; .word do_##name + 1; .endif;
#define OP2(name, form, ...) .if op_##name < kEscape; .word do_##name + 1, do_##name##_d + 1; .endif;
#include "core/wasm/ops.inc"
#undef OP
#undef OP2
    .rept kEscape - (. - handlers) / 4
    .word do_cold + 1
    .endr
    .word do_escape + 1

// ---- in and out
    .global wasmbed_wasm_run_hot
    .thumb_func
    .type wasmbed_wasm_run_hot, %function
wasmbed_wasm_run_hot:
    push {r3-r11, lr}
    mov r10, r0
    ldmia r10, {r4-r9}
    ldr r12, [r10, #REGISTERS_SIZE_LIMITS]
    adr r11, handlers
    ldrb r3, [r4]
    ldr pc, [r11, r3, lsl #2]

// ---- what handlers are made of

/// Goes on with the operation n bytes further.
.macro next n
  .if \n == 0
    ldrb r3, [r4]
  .else
    ldrb r3, [r4, #\n]!
  .endif
    ldr pc, [r11, r3, lsl #2]
.endm

/// Ends the handler of an operation of n bytes.
.macro ends op, n
  .ifdef fast_\op
    next \n
  .else
    b next_\n
  .endif
.endm
/// The handlers of an operation of n bytes, made by the macro `body`, and of its twin, which stores the accumulator to the slot that its last byte
/// names. `body` leaves r3 alone.
.macro pair op, n, body:vararg
  .ifdef op_\op
    pair_there \op, \n, \body
  .endif
.endm
.macro pair_there op, n, body:vararg
  .ifdef separate_\op
do_\op:
    \body
    ends \op, \n
do_\op\()_d:
    \body
    .ifdef fast_\op\()_d
    set_slot r6, \n
    next \n+1
    .else
    b store_\n
    .endif
  .else
do_\op:
do_\op\()_d:
    .if op_\op & 1
    .error "twins have odd tokens"
    .endif
    \body
    b finish_\n
  .endif
.endm

/// Value of the slot that byte n names.
.macro slot reg, n
    ldrb \reg, [r4, #\n]
    ldr \reg, [r5, \reg, lsl #2]
.endm
.macro set_slot reg, n
    ldrb r3, [r4, #\n]
    str \reg, [r5, r3, lsl #2]
.endm
/// The 16 bits at byte n, sign-extended.
.macro half reg, n
    ldrsh \reg, [r4, #\n]
.endm
/// Address of the slot that byte n names.
.macro slot_address reg, n
    ldrb \reg, [r4, #\n]
    add \reg, r5, \reg, lsl #2
.endm
.macro slots_64 low, high, n
    slot_address \low, \n
    ldrd \low, \high, [\low]
.endm
.macro set_slots_64 n
    slot_address r3, \n
    strd r0, r1, [r3]
.endm

    .subsection 2
// ---- 32-bit arithmetic, first page. AS: slot 1; AI: half 1; SS: slots 1, 2; SI: slot 1, half 2

/// `insn` with x in r1 or the accumulator, y in r0, after `prepare` of y if that comes from a slot.
.macro slots_1_2
    slot r1, 1
    slot r0, 2
.endm
.macro slot_1_half_2
    slot r1, 1
    half r0, 2
.endm
#if WASMBED_WASM_FORMS
/// The same, shared: two instructions more, eight and six bytes less.
fetch_slots_1_2:
    slots_1_2
    bx lr
fetch_slot_1_half_2:
    slot_1_half_2
    bx lr
#endif

.macro form_AS insn, prepare=
    slot r0, 1
    \prepare
    \insn r6, r6, r0
.endm
.macro form_AI insn
    half r0, 1
    \insn r6, r6, r0
.endm
.macro form_SS insn, name=
  .ifdef separate_\name
    slots_1_2
  .else
    bl fetch_slots_1_2
  .endif
    \insn r6, r1, r0
.endm
.macro form_SI insn, name=
  .ifdef separate_\name
    slot_1_half_2
  .else
    bl fetch_slot_1_half_2
  .endif
    \insn r6, r1, r0
.endm
.macro binary name, insn
    pair \name\()_AS, 2, form_AS \insn
    pair \name\()_AI, 3, form_AI \insn
    pair \name\()_SS, 3, form_SS \insn, \name\()_SS
    pair \name\()_SI, 4, form_SI \insn, \name\()_SI
.endm

/// Shifts: the translator gives constants modulo 32.
.macro mask
    and r0, r0, #31
.endm
.macro shift_AI insn
    ldrb r0, [r4, #1]
    \insn r6, r6, r0
.endm
.macro shift name, insn
    pair \name\()_AS, 2, form_AS \insn, mask
    pair \name\()_AI, 3, shift_AI \insn
    pair \name\()_SI, 4, form_SI \insn, \name\()_SI
.endm
.macro sub_SA
    slot r1, 1
    subs r6, r1, r6
.endm

    binary I32Add, adds
    binary I32And, ands
    binary I32Or, orrs
    binary I32Xor, eors
    binary I32Mul, mul
    pair I32Sub_AS, 2, form_AS subs
    pair I32Sub_SS, 3, form_SS subs, I32Sub_SS
    pair I32Sub_SA, 2, sub_SA

/// The shared ends.
.irp n, END_LENGTHS
  .if \n < 6
finish_\n:
    lsls r3, r3, #31
    bne store_\n
  .endif
next_\n:
    next \n
store_\n:
    set_slot r6, \n
    next \n+1
.endr

    shift I32Shl, lsls
    shift I32ShrU, lsrs
    shift I32ShrS, asrs

trap_memory:
    movs r0, #REGISTERS_MEMORY
    b leave
no_fuel:                // for the unit that was taken
    add r9, r9, #1
out_of_fuel:
    movs r0, #REGISTERS_OUT_OF_FUEL
    b leave
do_cold:
    movs r0, #REGISTERS_COLD
leave:
    stmia r10, {r4-r9}
    pop {r3-r11, pc}

.macro add_shifted      // slots 1, 2, half 3
    slots_1_2
    ldrb r2, [r4, #3]
    lsls r0, r0, r2
    adds r6, r1, r0
.endm
.macro shl_add_A         // halves 1 and 3
    ldrb r2, [r4, #1]
    half r0, 3
    lsls r6, r6, r2
    adds r6, r6, r0
.endm
.macro shl_add_S         // slot 1, halves 2 and 4
    slot r1, 1
    ldrb r2, [r4, #2]
    half r0, 4
    lsls r1, r1, r2
    adds r6, r1, r0
.endm
.macro sign_extend_16
    slot r0, 1
    sxth r6, r0
.endm
.macro rotate_left from
    rsbs r0, r0, #0
    ror r6, \from, r0
.endm
.macro rotate_SI
    slot r1, 1
    ldrb r0, [r4, #2]
    rotate_left r1
.endm
.macro rotate_AI
    ldrb r0, [r4, #1]
    rotate_left r6
.endm
    pair I32AddShl, 5, add_shifted
    pair I32ShlAdd_A, 5, shl_add_A
    pair I32ShlAdd_S, 6, shl_add_S
    pair I32Extend16S, 2, sign_extend_16
    pair I32Rotl_SI, 4, rotate_SI
    pair I32Rotl_AI, 3, rotate_AI

// ---- moves and control
do_Lda:
    slot r6, 1
    ends Lda, 2
do_Sta:
    set_slot r6, 1
    ends Sta, 2
do_Mov:
    slot r0, 2
    set_slot r0, 1
    ends Mov, 3
#if WASMBED_WASM_FORMS
do_LdiA:
    half r6, 1
    ends LdiA, 3
#endif
do_LdwA:
    ldr r6, [r4, #1]
    ends LdwA, 5
do_Sti:
    half r0, 2
    set_slot r0, 1
    ends Sti, 4
do_Stw:
    ldr r0, [r4, #2]
    set_slot r0, 1
    ends Stw, 6
do_StdW:
    ldr r0, [r4, #2]
    ldr r1, [r4, #6]
    set_slots_64 1
    next 10

/// The cell of the global that the half at n names.
.macro global n
    ldrh r0, [r4, #\n]
    ldr r2, [r10, #REGISTERS_GLOBALS]
    ldr r2, [r2, r0, lsl #2]
.endm
.macro get_global
    global 1
    ldr r6, [r2]
.endm
    pair GlobalGet, 3, get_global
do_GlobalSet_A:
    global 1
    str r6, [r2]
    ends GlobalSet_A, 3

.macro select
    cmp r6, #0
    ite ne
    ldrbne r0, [r4, #1]
    ldrbeq r0, [r4, #2]
    ldr r6, [r5, r0, lsl #2]
.endm
    pair Select, 3, select

// Own function at half 1, distance of the frames at half 3.
do_Call:
    ldrh r0, [r4, #1]
    ldrh r1, [r4, #3]
    ldr r3, [r10, #REGISTERS_FUNCTIONS]
    ldr r2, [r10, #REGISTERS_IMAGE]
    ldr r0, [r3, r0, lsl #2]
    adds r0, r0, r2
    subs r2, r4, r2
    adds r2, r2, #5
/// Takes fuel and enters the function with FunctionHeader r0, whose frame begins r1 slots above; r2: where it returns to in the image.
enter:
    subs r9, r9, #1
    bmi no_fuel
    add r3, r5, r1, lsl #2
    ldr lr, [r10, #REGISTERS_STACK_END]
    ldrh r6, [r0, #2]
    sub lr, lr, r3
    cmp lr, r6, lsl #2
    blo stack_exhausted
    ldrh r6, [r0]
    mov r5, r3
    add r6, r3, r6, lsl #2          // link
    strd r2, r1, [r6]
    ldrh r3, [r0, #4]
    cbz r3, 2f
    movs r1, #0
    adds r6, r6, #8
1:  str r1, [r6], #4
    subs r3, r3, #1
    bne 1b
2:  mov r4, r0
    next 8
stack_exhausted:
    add r9, r9, #1
    movs r0, #REGISTERS_STACK
    b leave

do_Ret:                 // the number of the link's slot in byte 1
    slots_64 r1, r2, 1
    b return
do_RetA:
    slots_64 r1, r2, 1
    str r6, [r5]
/// Leaves the frame for pc r1, r2 slots below; the results are in place.
return:
    sub r5, r5, r2, lsl #2
    ldr r3, [r10, #REGISTERS_IMAGE]
    adds r4, r1, r3
    next 0

    .subsection 1
// ---- branches: the distance is the last half
do_BrTable:             // slot 1, half 2, then the distances
    subs r9, r9, #1
    bmi 1f
    slot r0, 1
    ldrh r1, [r4, #2]
    cmp r0, r1
    it hs
    movhs r0, r1        // the default's distance is the last
    add r4, r4, r0, lsl #1
    ldrh r0, [r4, #4]
    add r4, r0
    next 6
1:  b no_fuel

#if WASMBED_WASM_FORMS
/// Compares slots 1 and 2, slot 1 and half 2.
compare_slots_1_2:
    slot r0, 2
    b 1f
compare_slot_1_half_2:
    half r0, 2
1:  slot r1, 1
    cmp r1, r0
    bx lr
#endif

/// A branch of n bytes, taken if `cond` holds of what `compare` compares. Br and Loop have one handler, and the token in r3 tells them apart, but
/// for those that programs run often.
.macro branch name, n, cond, compare:vararg
  .ifdef op_Br\name
    branch_there \name, \n, \cond, \compare
  .endif
.endm
.macro branch_there name, n, cond, compare:vararg
  .ifdef separate_\name
do_Br\name:
    \compare
    b\cond Br_\n
    b past_\n
do_Loop\name:
    \compare
    b\cond Loop_\n
  .else
do_Br\name:
do_Loop\name:
    \compare
    b\cond taken_\n
  .endif
    b past_\n
.endm
.macro cmp_slot
    slot r0, 1
    cmp r6, r0
.endm
.macro cmp_half
    half r0, 1
    cmp r6, r0
.endm
.macro cmp_zero_slot
    slot r0, 1
    cmp r0, #0
.endm
.macro branch_as name, cond
    branch \name\()_AS, 4, \cond, cmp_slot
.endm
.macro branches name, cond
    branch_as \name, \cond
    branch \name\()_AI, 5, \cond, cmp_half
    branch \name\()_SS, 5, \cond, bl compare_slots_1_2
    branch \name\()_SI, 6, \cond, bl compare_slot_1_half_2
.endm
.macro branches_zero name, cond
    branch \name\()_A, 3, \cond, cmp r6, #0
    branch \name\()_S, 4, \cond, cmp_zero_slot
.endm
    branch_as GtS, gt
    branch_as LeS, le
    branches Eq, eq
    branches Ne, ne
    branches_zero Z, eq
    branches LtU, lo
// The shared ends stand in the middle, within reach of short branches: tokens of loops come behind the others.
do_Br:
.irp n, BRANCH_LENGTHS
  .if \n > 3
taken_\n:
    cmp r3, #op_LoopEq_AS
    bhs Loop_\n
  .endif
Br_\n:
    ldrh r3, [r4, #\n - 2]
    add r4, r3                      // and on to past_n
past_\n:
    next \n
.endr
.irp n, LOOP_LENGTHS
Loop_\n:
  .if \n == 3
do_BrLoop:
  .endif
    ldrh r3, [r4, #\n - 2]
  .if \n > 3
    b loop_back
  .endif
.endr
loop_back:                          // by r3
    subs r4, r4, r3
    subs r9, r9, #1
    bmi 9f
    next 0
9:  b out_of_fuel
    branches_zero Nz, ne
    branches GeU, hs
    branches LtS, lt
    branches GeS, ge
    branch_as GtU, hi
    branch_as LeU, ls

/// Adds the half at n to the slot that byte 1 names; r0: the sum, of which the flags tell.
.macro increase n
    ldrb r3, [r4, #1]
    ldr r0, [r5, r3, lsl #2]
    half r1, \n
    adds r0, r0, r1
    str r0, [r5, r3, lsl #2]
.endm
#if WASMBED_WASM_FORMS
do_Inc:
    increase 2
    ends Inc, 4
do_IncLoopNz:           // half 2, distance 4
    increase 2
    bne Loop_6
    b past_6
do_IncLoopNe_SS:        // of the second page; behind its first byte: slot 2, half 3, distance 5
    adds r4, r4, #1
    increase 3
    slot r1, 2
    cmp r0, r1
    beq 1f
    ldrh r3, [r4, #5]
    adds r3, r3, #1
    b loop_back
1:  adds r4, r4, #1
    b past_6
do_IncLoopNe_SI:        // halves 2 and 4, distance 6
    increase 2
    half r1, 4
    cmp r0, r1
    beq 1f
    ldrh r3, [r4, #6]
    b loop_back
1:  adds r4, r4, #2
    b past_6
#endif

    .subsection 3
// ---- memory: address in r1

/// Provides the limit: that of 16 bits, for which r0 stands, is in memory.
.macro fetch_limit limit
  .ifc \limit, r0
    ldr r0, [r10, #REGISTERS_SIZE_LIMITS + 4]
  .endif
.endm
/// Goes on if an access at `address` lies below `limit`.
.macro inside address, limit
    fetch_limit \limit
    cmp \address, \limit
    bhs 8f
.endm
/// The same for the address r1 = base in `reg` + offset in r1.
.macro add_offset reg, limit
    adds r1, \reg, r1
    it cc
    cmpcc r1, \limit
.endm
.macro inside_with_offset reg, limit, outside=8f
    fetch_limit \limit
    add_offset \reg, \limit
    bhs \outside
.endm
.macro offset_1
    ldrh r1, [r4, #1]
.endm
.macro base_and_offset
    slot r2, 1
    ldrh r1, [r4, #2]
.endm
/// The same, shared, for what programs run rarely: base in the slot and offset in the half that `operands` names.
.macro checked_at operands, limit
    fetch_limit \limit
  .ifnc \limit, r0
    mov r0, \limit
  .endif
    bl checked_at_\operands
.endm
checked_at_3_4:
    slot r2, 3
    ldrh r1, [r4, #4]
    b 2f
checked_at_1_3:
    ldrh r1, [r4, #3]
    b 1f
checked_at_1_2:
    ldrh r1, [r4, #2]
1:  slot r2, 1
2:  add_offset r2, r0
    bhs trap_memory
    bx lr
.macro indexed
    slot r1, 1
    half r2, 2
    adds r1, r1, r2
.endm

/// `insn` loads what lies below `limit`. A; S: slot 1; AO: offset at half 1; SO, SI: slot 1, offset or constant at half 2;
/// K: address at half 1.
.macro load_at insn, limit, address=r1
    inside \address, \limit
    \insn r6, [r7, \address]
.endm
.macro load_S insn, limit
    slot r1, 1
    load_at \insn, \limit
.endm
.macro load_SI insn, limit
    indexed
    load_at \insn, \limit
.endm
.macro load_K insn, limit
    offset_1
    load_at \insn, \limit
.endm
.macro load_AO insn, limit
    offset_1
    inside_with_offset r6, \limit
    \insn r6, [r7, r1]
.endm
.macro load_SO insn, limit
  .ifc \insn, ldr
    base_and_offset
    inside_with_offset r2, \limit
  .else
    checked_at 1_2, \limit
  .endif
    \insn r6, [r7, r1]
.endm
.macro loads_offset name, insn, limit
    pair \name\()_AO, 3, load_AO \insn, \limit
    pair \name\()_SO, 4, load_SO \insn, \limit
.endm
.macro load_A insn, limit
    load_at \insn, \limit, r6
.endm
.macro loads name, insn, limit
    pair \name\()_A, 1, load_A \insn, \limit
    pair \name\()_SI, 4, load_SI \insn, \limit
    loads_offset \name, \insn, \limit
.endm
    loads Load32, ldr, r8
    pair Load32_S, 2, load_S ldr, r8
    pair Load32_K, 3, load_K ldr, r8
8:  b trap_memory
    loads Load8U, ldrb, r12
    pair Load8U_S, 2, load_S ldrb, r12
    loads_offset Load8S, ldrsb, r12
8:  b trap_memory
    loads Load16U, ldrh, r0
    loads Load16S, ldrsh, r0

/// Stores have address A, slot 1 or K; offset or constant behind the slots; then the value: A, the last slot or the last half.
/// The end of a store `op` of n bytes, whose address is inside; what is not the accumulator `fetch` brings to r2.
.macro store op, n, insn, address=r1
    \insn r6, [r7, \address]
    ends \op, \n
.endm
.macro store_fetched op, n, insn, address, fetch:vararg
    \fetch
    \insn r2, [r7, \address]
    ends \op, \n
.endm
.macro stores_offset name, insn, limit
do_\name\()_SO_A:
    checked_at 1_2, \limit
    store \name\()_SO_A, 4, \insn
#if WASMBED_WASM_FORMS
do_\name\()_SO_S:
    checked_at 1_3, \limit
    store_fetched \name\()_SO_S, 5, \insn, r1, slot r2, 2
do_\name\()_AO_S:
    ldrh r1, [r4, #2]
    inside_with_offset r6, \limit
    store_fetched \name\()_AO_S, 4, \insn, r1, slot r2, 1
#endif
.endm
#if !WASMBED_WASM_FORMS
    stores_offset Store32, str, r8
    stores_offset Store8, strb, r12
    stores_offset Store16, strh, r0
#else
.macro stores_indexed name, insn, limit
do_\name\()_SI_A:
    indexed
    inside r1, \limit
    store \name\()_SI_A, 4, \insn
do_\name\()_SI_S:
    slot r2, 1
    half r1, 3
    adds r1, r2, r1
    inside r1, \limit
    store_fetched \name\()_SI_S, 5, \insn, r1, slot r2, 2
.endm
.macro stores name, insn, limit
do_\name\()_S_A:
    slot r1, 1
    inside r1, \limit
    store \name\()_S_A, 2, \insn
do_\name\()_S_S:
    slot r1, 1
    inside r1, \limit
    store_fetched \name\()_S_S, 3, \insn, r1, slot r2, 2
do_\name\()_A_S:
    inside r6, \limit
    store_fetched \name\()_A_S, 2, \insn, r6, slot r2, 1
    stores_offset \name, \insn, \limit
8:  b trap_memory
    stores_indexed \name, \insn, \limit
do_\name\()_SO_I:
    checked_at 1_2, \limit
    store_fetched \name\()_SO_I, 6, \insn, r1, half r2, 4
.endm
    stores Store32, str, r8
do_Store32_K_A:
    offset_1
    inside r1, r8
    store Store32_K_A, 3, str
do_Store32_K_S:
    ldrh r1, [r4, #2]
    inside r1, r8
    store_fetched Store32_K_S, 4, str, r1, slot r2, 1
do_Store32_K_I:
    offset_1
    inside r1, r8
    store_fetched Store32_K_I, 5, str, r1, half r2, 3
8:  b trap_memory
    stores Store8, strb, r12
    stores_offset Store16, strh, r0
    stores_indexed Store16, strh, r0
#endif

// ---- 64 bits, first page: result in slot 1, operands in slots 2 and 3, or slot 2 and half 3. Guest addresses need not be aligned: no ldrd.
.macro slot_2_plus_half_3
    slot r1, 2
    half r2, 3
    adds r1, r1, r2
.endm
do_Load64:
    slot r2, 2
    ldrh r1, [r4, #3]
    ldr r0, [r10, #REGISTERS_SIZE_LIMITS + 8]
    add_offset r2, r0
    bhs 8f
load_64_at_r1:
    adds r1, r1, r7
    ldr r0, [r1]
    ldr r1, [r1, #4]
set_64_next_5:
    set_slots_64 1
past_64_5:
    next 5
do_Store64:
    ldr r0, [r10, #REGISTERS_SIZE_LIMITS + 8]
    bl checked_at_1_3
    adds r1, r1, r7
    slots_64 r2, r3, 2
    str r2, [r1]
    str r3, [r1, #4]
    b past_64_5
#if WASMBED_WASM_FORMS
do_Load64_SI:           // constant at half 3
    ldr r0, [r10, #REGISTERS_SIZE_LIMITS + 8]
    slot_2_plus_half_3
    cmp r1, r0
    blo load_64_at_r1
#endif
8:  b trap_memory
set_64_next_4:
    set_slots_64 1
    next 4
do_Load64_32U:          // slots 1 and 2, offset at half 3
    slot r2, 2
    ldrh r1, [r4, #3]
    inside_with_offset r2, r8, 8b
1:  ldr r0, [r7, r1]
    movs r1, #0
#if !WASMBED_WASM_FORMS
    b set_64_next_5
#else
    set_slots_64 1
    next 5
do_Load64_32U_SI:
    slot_2_plus_half_3
    cmp r1, r8
    blo 1b
    b 8b
#endif
do_I64Extend32U:
    slot r0, 2
    movs r1, #0
    set_slots_64 1
    next 3

.macro ends_64 op, n
  .ifdef fast_\op
    set_slots_64 1
    next \n
  .else
    b set_64_next_\n
  .endif
.endm
.macro binary_64_slots name, body
do_\name:
  .ifdef fast_\name
    slot_address r2, 3
    slots_64 r0, r1, 2
    ldrd r2, r3, [r2]
  .else
    bl fetch_2_3_64
  .endif
    \body
    ends_64 \name, 4
.endm
.macro binary_64 name, body
    binary_64_slots \name, \body
  .ifdef op_\name\()_SI
do_\name\()_SI:
    bl fetch_2_half_3_64
    \body
    b set_64_next_5
  .endif
.endm
.macro add_64
    adds r0, r0, r2
    adcs r1, r1, r3
.endm
.macro sub_64
    subs r0, r0, r2
    sbcs r1, r1, r3
.endm
.macro and_64
    ands r0, r0, r2
    ands r1, r1, r3
.endm
.macro or_64
    orrs r0, r0, r2
    orrs r1, r1, r3
.endm
.macro xor_64
    eors r0, r0, r2
    eors r1, r1, r3
.endm
.macro mul_64
    mul r3, r0, r3
    mla r3, r1, r2, r3
    umull r0, r1, r0, r2
    add r1, r1, r3
.endm
/// Bits leave `from` by `in` and come into `into`. A shift by a register takes its low 8 bits: 32 to 255 give 0 (or the sign).
.macro shift_64_by_r2 from, into, in, insn, out
    and r2, r2, #63
    rsb r3, r2, #32
    \out r3, \from, r3
    \in \into, \into, r2
    orrs \into, \into, r3
    sub r3, r2, #32
    \insn r3, \from, r3
    orrs \into, \into, r3
    \in \from, \from, r2
.endm
.macro shl_64
    shift_64_by_r2 r0, r1, lsls, lsl, lsr
.endm
.macro shr_u_64
    shift_64_by_r2 r1, r0, lsrs, lsr, lsl
.endm
.macro shr_s_64
    and r2, r2, #63
    rsb r3, r2, #32
    lsl r3, r1, r3
    lsrs r0, r0, r2
    orrs r0, r0, r3
    subs r3, r2, #32
    itt pl
    asrpl r3, r1, r3
    orrpl r0, r0, r3
    asrs r1, r1, r2
.endm
    binary_64 I64Add, add_64
    binary_64_slots I64Sub, sub_64
    binary_64 I64Mul, mul_64
    binary_64 I64And, and_64
    binary_64 I64Or, or_64
    binary_64 I64Xor, xor_64
    binary_64_slots I64Shl, shl_64
    binary_64_slots I64ShrS, shr_s_64
    binary_64_slots I64ShrU, shr_u_64

#if WASMBED_WASM_FORMS
/// By a constant, which the translator gives modulo 64, from one half of x into the other: bits leave `from` by `insn` and come into `into`, which
/// `in` shifts the same way as `out` does the other way. `empty` gives what is left of `from` when all of it is shifted out.
.macro shift_64 name, from, into, insn, in, out, empty:vararg
do_\name:
    slots_64 r0, r1, 2
    ldrb r2, [r4, #3]
    rsbs r3, r2, #32
    bls 1f
    \out r3, \from, r3
    \in \into, \into, r2
    orrs \into, \into, r3
    \insn \from, \from, r2
    ends_64 \name, 5
1:  subs r2, r2, #32
    \insn \into, \from, r2
    \empty
    b set_64_next_5
.endm
    shift_64 I64ShrS_SI, r1, r0, asrs, lsrs, lsl, asrs r1, r1, #31
    shift_64 I64ShrU_SI, r1, r0, lsrs, lsrs, lsl, movs r1, #0
    shift_64 I64Shl_SI, r0, r1, lsls, lsls, lsr, movs r0, #0
#endif

/// Rotates r0, r1 to the left by r2 modulo 32.
.macro rotate_64
    and r2, r2, #31
    rsb r3, r2, #32
    lsr lr, r1, r3
    lsr r3, r0, r3
    lsls r1, r1, r2
    orrs r1, r1, r3
    lsls r0, r0, r2
    orr r0, r0, lr
.endm
#if WASMBED_WASM_FORMS
do_I64Rotl_SI:
    ldrb r2, [r4, #3]
    slot_address r3, 2
    tst r2, #32
    ite eq
    ldrdeq r0, r1, [r3]
    ldrdne r1, r0, [r3]
    rotate_64
    b set_64_next_5
#endif

    .subsection 0
// ---- second page: its handlers come behind their table, whose distances are not negative
do_escape:
    ldrb r3, [r4, #1]
    subs r2, r3, #op_I32Eq_AS - kEscape
    blo do_cold
    tbh [pc, r2, lsl #1]
handlers_2:
#define OP(name, form, ...) .if op_##name >= kEscape; .hword (do_##name - handlers_2) / 2; .endif;
#define OP2(name, form, ...) .if op_##name >= kEscape; .hword (do_##name - handlers_2) / 2, (do_##name - handlers_2) / 2; .endif;
#include "core/wasm/ops.inc"
#undef OP
#undef OP2

#if WASMBED_WASM_MULTI_MEMORY
do_OtherMemory:
    b do_cold
#endif

/// 1 if the condition holds, else 0.
.macro truth cond, n
    b\cond true_\n
    b false_\n
.endm
/// Slots 2 and 3, slot 2 and half 3: x in r0, y in r1, compared.
#if WASMBED_WASM_FORMS
fetch_slot_2_half_3:
    half r1, 3
    b 1f
#endif
fetch_slots_2_3:
    slot r1, 3
1:  slot r0, 2
    cmp r0, r1
    bx lr
.macro compare_as name, cond
do_\name\()_AS:
    slot r0, 2
    cmp r6, r0
    truth \cond, 3
.endm
.macro compare name, cond
    compare_as \name, \cond
do_\name\()_AI:
    half r0, 2
    cmp r6, r0
    truth \cond, 4
  .ifdef op_\name\()_SS
do_\name\()_SS:
    bl fetch_slots_2_3
    truth \cond, 4
do_\name\()_SI:
    bl fetch_slot_2_half_3
    truth \cond, 5
  .endif
.endm
    compare I32Eq, eq
    compare I32Ne, ne
    compare I32LtS, lt
do_I64Eqz:
    bl fetch_2_64
    orrs r0, r0, r1
    ldrb r3, [r4, #1]
    truth eq, 3
.macro equality_64 name, cond
do_\name:
    bl fetch_2_3_64
    cmp r0, r2
    it eq
    cmpeq r1, r3
    ldrb r3, [r4, #1]
    truth \cond, 4
.endm
    equality_64 I64Eq, eq
    equality_64 I64Ne, ne
.irp n, TRUTH_LENGTHS
true_\n:
    movs r6, #1
    b finish_\n
false_\n:
    movs r6, #0
    b finish_\n
.endr
.macro order_64 name, cond
do_\name:
    bl fetch_2_3_64
    cmp r0, r2
    sbcs r1, r1, r3
    ldrb r3, [r4, #1]
    truth \cond, 4
.endm
    order_64 I64LtS, lt
    order_64 I64GeS, ge
    order_64 I64LtU, lo
    order_64 I64GeU, hs
    compare I32GeS, ge
    compare I32LtU, lo
    compare I32GeU, hs
    compare_as I32GtS, gt
    compare_as I32LeS, le
    compare_as I32GtU, hi
    compare_as I32LeU, ls

do_I32Rotl:
    bl fetch_slots_2_3
    rsbs r1, r1, #0
    b 1f
do_I32Rotr:
    bl fetch_slots_2_3
1:  ror r6, r0, r1
    b finish_4
do_I32DivS:
    bl fetch_slots_2_3
    cbz r1, divide_by_zero
    cmn r1, #1
    it eq
    cmpeq r0, #0x80000000
    beq overflow
    sdiv r6, r0, r1
    b finish_4
do_I32DivU:
    bl fetch_slots_2_3
    cbz r1, divide_by_zero
    udiv r6, r0, r1
    b finish_4
do_I32RemS:             // of the smallest number by -1: sdiv leaves that number, and the difference is 0
    bl fetch_slots_2_3
    cbz r1, divide_by_zero
    sdiv r2, r0, r1
    b 1f
do_I32RemU:
    bl fetch_slots_2_3
    cbz r1, divide_by_zero
    udiv r2, r0, r1
1:  mls r6, r2, r1, r0
    b finish_4
divide_by_zero:
    movs r0, #REGISTERS_DIVIDE_BY_ZERO
    b leave
overflow:
    movs r0, #REGISTERS_OVERFLOW
    b leave
do_I32Ctz:
    slot r0, 2
    rbit r0, r0
    b 1f
do_I32Clz:
    slot r0, 2
1:  clz r6, r0
    b finish_3
do_I32Extend8S:
    slot r0, 2
    sxtb r6, r0
    b finish_3

    .subsection 3
/// The 64 bits at slots 2 and 3; at slot 2; at slot 2 and half 3; at slot 3; at slots 3 and 4, and if the latter are not 0.
fetch_2_3_64:
    slot_address r2, 3
    ldrd r2, r3, [r2]
fetch_2_64:
    slots_64 r0, r1, 2
    bx lr
#if WASMBED_WASM_FORMS
fetch_2_half_3_64:
    half r2, 3
    asrs r3, r2, #31
    b fetch_2_64
#endif
fetch_to_divide_64:
    slot_address r2, 4
    ldrd r2, r3, [r2]
    orrs r0, r2, r3
    bne fetch_3_64
    b divide_by_zero
fetch_3_4_64:
    slot_address r2, 4
    ldrd r2, r3, [r2]
fetch_3_64:
    slots_64 r0, r1, 3
    bx lr

#if WASMBED_WASM_FORMS
do_SelectEq:            // halves 2, 4, 6
    half r0, 2
    cmp r6, r0
    ite eq
    ldrsheq r6, [r4, #4]
    ldrshne r6, [r4, #6]
    adds r4, r4, #3
    b finish_5
#endif

// Index in slot 2; type, table and distance of the frames in the halves from 3. All but calls of own functions is for the portable core.
do_CallIndirect:
    ldrh r1, [r4, #5]
    ldr r3, [r10, #REGISTERS_TABLES]
    slot r0, 2
    ldr r1, [r3, r1, lsl #2]
    ldrd r1, r2, [r1]
    cmp r0, r2
    bhs 1f
    ldr r0, [r1, r0, lsl #2]
    ldrd r1, r2, [r10, #REGISTERS_FIRST_REF]
    subs r0, r0, r1
    cmp r0, r2
    bhs 1f
    ldr r3, [r10, #REGISTERS_FUNCTIONS]
    ldr r2, [r10, #REGISTERS_IMAGE]
    ldr r0, [r3, r0, lsl #2]
    ldrh r1, [r4, #3]
    adds r0, r0, r2
    ldrh r3, [r0, #6]
    cmp r1, r3
    bne 1f
    ldrh r1, [r4, #7]
    subs r2, r4, r2
    adds r2, r2, #9
    b enter
1:  b do_cold

// Result in slot 2, operand in slot 3, count in slot 4.
do_I64Rotr:
    bl fetch_3_4_64
    rsbs r2, r2, #0
    b 1f
do_I64Rotl:
    bl fetch_3_4_64
1:  tst r2, #32
    ittt ne
    movne r3, r0
    movne r0, r1
    movne r1, r3
    rotate_64
    b finish_64_5
do_I64DivS:
    bl fetch_to_divide_64
    and lr, r2, r3
    cmn lr, #1
    itt eq
    cmpeq r0, #0
    cmpeq r1, #0x80000000
    beq overflow
    bl __aeabi_ldivmod
    b finish_call_64_5
do_I64DivU:
    bl fetch_to_divide_64
    bl __aeabi_uldivmod
    b finish_call_64_5
do_I64RemS:
    bl fetch_to_divide_64
    bl __aeabi_ldivmod              // of the smallest number by -1: 0 remains
    b 1f
do_I64RemU:
    bl fetch_to_divide_64
    bl __aeabi_uldivmod
1:  mov r0, r2
    mov r1, r3
    b finish_call_64_5
do_Select64:            // slots 3, 4
    cmp r6, #0
    ite ne
    ldrbne r0, [r4, #3]
    ldrbeq r0, [r4, #4]
    add r0, r5, r0, lsl #2
    ldrd r0, r1, [r0]
    b finish_64_5

do_Ret64:               // slot 2, half 3
    slots_64 r0, r3, 2
    ldrh r1, [r4, #3]
    add r1, r5, r1, lsl #2
    ldrd r1, r2, [r1]
    strd r0, r3, [r5]
    b return
do_StdS:                // slot 2, word 3
    ldr r0, [r4, #3]
    asrs r1, r0, #31
    set_slots_64 2
    next 7

// Result in slot 2, operand in slot 3, and offset at half 4.
do_Mov64:
    slots_64 r0, r1, 3
    b finish_64_4
do_I64Extend16S:
    slot r0, 3
    sxth r0, r0
    b 1f
do_I64Extend32S:
    slot r0, 3
1:  asrs r1, r0, #31
    b finish_64_4
.macro load_64 name, insn, limit, sign
do_\name:
    checked_at 3_4, \limit
    \insn r0, [r7, r1]
    b finish_64_\sign
.endm
    load_64 Load64_8S, ldrsb, r12, signed
    load_64 Load64_8U, ldrb, r12, unsigned
    load_64 Load64_16S, ldrsh, r0, signed
    load_64 Load64_16U, ldrh, r0, unsigned
    load_64 Load64_32S, ldr, r8, signed
finish_64_signed:
    asrs r1, r0, #31
    b finish_64_6
finish_64_unsigned:
    movs r1, #0
    b finish_64_6

#if WASMBED_WASM_FLOATS
    .subsection 0
// ---- single precision: in the floating-point unit if there is one
#if defined(__ARM_FP) && (__ARM_FP & 4)
.macro fetch_f32
    slot r0, 2
    slot r1, 3
    vmov s0, s1, r0, r1
.endm
.macro float_32 name, insn
do_\name:
    fetch_f32
    \insn s0, s0, s1
    vmov r6, s0
    b finish_4
.endm
    float_32 F32Add, vadd.f32
    float_32 F32Sub, vsub.f32
    float_32 F32Mul, vmul.f32
    float_32 F32Div, vdiv.f32
.macro compare_f32 name, cond           // unordered: neither equal, minus nor lower or same
do_\name:
    fetch_f32
    vcmp.f32 s0, s1
    vmrs APSR_nzcv, fpscr
    truth \cond, 4
.endm
    compare_f32 F32Eq, eq
    compare_f32 F32Ne, ne
    compare_f32 F32Lt, mi
    compare_f32 F32Le, ls
.macro convert_f32 name, insn
do_\name:
    slot r0, 2
    vmov s0, r0
    \insn s0, s0
    vmov r6, s0
    b finish_3
.endm
    convert_f32 F32ConvertI32S, vcvt.f32.s32
    convert_f32 F32ConvertI32U, vcvt.f32.u32
#else
.macro float_32 name, function
do_\name:
    bl fetch_slots_2_3
    bl \function
    b finish_float_ss
.endm
    float_32 F32Add, __aeabi_fadd
    float_32 F32Sub, __aeabi_fsub
    float_32 F32Mul, __aeabi_fmul
    float_32 F32Div, __aeabi_fdiv
    float_32 F32Eq, __aeabi_fcmpeq
    float_32 F32Lt, __aeabi_fcmplt
    float_32 F32Le, __aeabi_fcmple
do_F32Ne:
    bl fetch_slots_2_3
    bl __aeabi_fcmpeq
    b not_equal
do_F32ConvertI32S:
    slot r0, 2
    bl __aeabi_i2f
    b finish_float_s
do_F32ConvertI32U:
    slot r0, 2
    bl __aeabi_ui2f
    b finish_float_s
#endif

// ---- double precision, through the compiler's functions: they take r0 to r3, give r0 (and r1), and may change r12
do_F64Ne:
    bl fetch_2_3_64
    bl __aeabi_dcmpeq
not_equal:
    eor r0, r0, #1
    b finish_float_ss
.macro compare_f64 name, function
do_\name:
    bl fetch_2_3_64
    bl \function
    b finish_float_ss
.endm
    compare_f64 F64Eq, __aeabi_dcmpeq
    compare_f64 F64Lt, __aeabi_dcmplt
    compare_f64 F64Le, __aeabi_dcmple
finish_float_ss:
    mov r6, r0
    ldr r12, [r10, #REGISTERS_SIZE_LIMITS]
    ldrb r3, [r4, #1]
    b finish_4
do_F32Abs:
    slot r0, 2
    bic r6, r0, #0x80000000
    b finish_3
do_F32Neg:
    slot r0, 2
    eor r6, r0, #0x80000000
    b finish_3
do_F32Copysign:
    bl fetch_slots_2_3
    lsrs r1, r1, #31
    bfi r0, r1, #31, #1
    mov r6, r0
    b finish_4
do_F32ConvertI64S:
    bl fetch_2_64
    bl __aeabi_l2f
    b finish_float_s
do_F32ConvertI64U:
    bl fetch_2_64
    bl __aeabi_ul2f
    b finish_float_s
do_F32DemoteF64:
    bl fetch_2_64
    bl __aeabi_d2f
finish_float_s:
    mov r6, r0
    ldr r12, [r10, #REGISTERS_SIZE_LIMITS]
    ldrb r3, [r4, #1]
    b finish_3

    .subsection 3
.macro float_64 name, function
do_\name:
    bl fetch_3_4_64
    bl \function
    b finish_call_64_5
.endm
    float_64 F64Add, __aeabi_dadd
    float_64 F64Sub, __aeabi_dsub
    float_64 F64Mul, __aeabi_dmul
    float_64 F64Div, __aeabi_ddiv
#endif
finish_call_64_5:
    ldr r12, [r10, #REGISTERS_SIZE_LIMITS]
finish_64_5:
    set_slots_64 2
    next 5
finish_64_6:
    set_slots_64 2
    next 6
#if WASMBED_WASM_FLOATS
do_F64Abs:
    bl fetch_3_64
    bic r1, r1, #0x80000000
    b finish_64_4
do_F64Neg:
    bl fetch_3_64
    eor r1, r1, #0x80000000
    b finish_64_4
do_F64ConvertI32S:
    slot r0, 3
    bl __aeabi_i2d
    b finish_float_64_4
do_F64ConvertI32U:
    slot r0, 3
    bl __aeabi_ui2d
    b finish_float_64_4
do_F64ConvertI64S:
    bl fetch_3_64
    bl __aeabi_l2d
    b finish_float_64_4
do_F64ConvertI64U:
    bl fetch_3_64
    bl __aeabi_ul2d
    b finish_float_64_4
do_F64PromoteF32:
    slot r0, 3
    bl __aeabi_f2d
finish_float_64_4:
    ldr r12, [r10, #REGISTERS_SIZE_LIMITS]
#endif
finish_64_4:
    set_slots_64 2
    next 4

    .size wasmbed_wasm_run_hot, . - wasmbed_wasm_run_hot
#endif
