/* Entries for the functions of libcurl and libgit2. The two libraries bring some forty others along, and loading them
   took a third of the processor time of a `flotilla build`, which calls neither. So the program is not linked against
   them: an entry jumps through its slot, which at first leads to `ondemand_first`, and that lets `ondemand_bind` (in
   OnDemand.c) load the library, write the function's address into the slot and return it. Arguments stay where
   they are, variadic ones too: every register that may carry one is kept. */

/* One entry: its slot, the function's name, and which library has it (the order of `libraries` in OnDemand.c). */
#define LIBRARY_curl 0
#define LIBRARY_git2 1

#if defined(__x86_64__)

#define FUNCTION(library, name)                        \
  .text                                               ; \
  .globl name                                         ; \
  .type name, @function                               ; \
  name:                                               ; \
    jmp *.Lslot_##name(%rip)                          ; \
  .Lfirst_##name:                                     ; \
    lea .Lslot_##name(%rip), %r11                     ; \
    jmp ondemand_first                                ; \
  .size name, . - name                                ; \
  .section .rodata                                    ; \
  .Lname_##name: .asciz #name                         ; \
  .data                                               ; \
  .balign 8                                           ; \
  .Lslot_##name:                                      ; \
    .quad .Lfirst_##name, .Lname_##name, LIBRARY_##library

#include "Functions.h"

  .text
  .type ondemand_first, @function
ondemand_first:
  .cfi_startproc
  push %rdi
  .cfi_adjust_cfa_offset 8
  push %rsi
  .cfi_adjust_cfa_offset 8
  push %rdx
  .cfi_adjust_cfa_offset 8
  push %rcx
  .cfi_adjust_cfa_offset 8
  push %r8
  .cfi_adjust_cfa_offset 8
  push %r9
  .cfi_adjust_cfa_offset 8
  push %rax
  .cfi_adjust_cfa_offset 8
  sub $128, %rsp
  .cfi_adjust_cfa_offset 128
  movaps %xmm0, 0(%rsp)
  movaps %xmm1, 16(%rsp)
  movaps %xmm2, 32(%rsp)
  movaps %xmm3, 48(%rsp)
  movaps %xmm4, 64(%rsp)
  movaps %xmm5, 80(%rsp)
  movaps %xmm6, 96(%rsp)
  movaps %xmm7, 112(%rsp)
  mov %r11, %rdi
  call ondemand_bind
  mov %rax, %r11
  movaps 0(%rsp), %xmm0
  movaps 16(%rsp), %xmm1
  movaps 32(%rsp), %xmm2
  movaps 48(%rsp), %xmm3
  movaps 64(%rsp), %xmm4
  movaps 80(%rsp), %xmm5
  movaps 96(%rsp), %xmm6
  movaps 112(%rsp), %xmm7
  add $128, %rsp
  .cfi_adjust_cfa_offset -128
  pop %rax
  .cfi_adjust_cfa_offset -8
  pop %r9
  .cfi_adjust_cfa_offset -8
  pop %r8
  .cfi_adjust_cfa_offset -8
  pop %rcx
  .cfi_adjust_cfa_offset -8
  pop %rdx
  .cfi_adjust_cfa_offset -8
  pop %rsi
  .cfi_adjust_cfa_offset -8
  pop %rdi
  .cfi_adjust_cfa_offset -8
  jmp *%r11
  .cfi_endproc
  .size ondemand_first, . - ondemand_first

#elif defined(__aarch64__)

#define FUNCTION(library, name)                        \
  .text                                               ; \
  .globl name                                         ; \
  .type name, %function                               ; \
  name:                                               ; \
    adrp x17, .Lslot_##name                           ; \
    add x17, x17, :lo12:.Lslot_##name                 ; \
    ldr x16, [x17]                                    ; \
    br x16                                            ; \
  .size name, . - name                                ; \
  .section .rodata                                    ; \
  .Lname_##name: .asciz #name                         ; \
  .data                                               ; \
  .balign 8                                           ; \
  .Lslot_##name:                                      ; \
    .quad ondemand_first, .Lname_##name, LIBRARY_##library

#include "Functions.h"

  .text
  .balign 4
  .type ondemand_first, %function
ondemand_first:
  .cfi_startproc
  stp x29, x30, [sp, #-16]!
  .cfi_adjust_cfa_offset 16
  .cfi_rel_offset x29, 0
  .cfi_rel_offset x30, 8
  mov x29, sp
  sub sp, sp, #208
  .cfi_adjust_cfa_offset 208
  stp x0, x1, [sp, #0]
  stp x2, x3, [sp, #16]
  stp x4, x5, [sp, #32]
  stp x6, x7, [sp, #48]
  str x8, [sp, #64]
  stp q0, q1, [sp, #80]
  stp q2, q3, [sp, #112]
  stp q4, q5, [sp, #144]
  stp q6, q7, [sp, #176]
  mov x0, x17
  bl ondemand_bind
  mov x16, x0
  ldp x0, x1, [sp, #0]
  ldp x2, x3, [sp, #16]
  ldp x4, x5, [sp, #32]
  ldp x6, x7, [sp, #48]
  ldr x8, [sp, #64]
  ldp q0, q1, [sp, #80]
  ldp q2, q3, [sp, #112]
  ldp q4, q5, [sp, #144]
  ldp q6, q7, [sp, #176]
  add sp, sp, #208
  .cfi_adjust_cfa_offset -208
  ldp x29, x30, [sp], #16
  .cfi_adjust_cfa_offset -16
  .cfi_restore x29
  .cfi_restore x30
  br x16
  .cfi_endproc
  .size ondemand_first, . - ondemand_first

#else
#error "write the entries of this processor's calling convention here"
#endif

  .section .note.GNU-stack, "", %progbits
