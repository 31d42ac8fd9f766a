// SPDX-License-Identifier: BSD-2-Clause
#pragma once
#include <stddef.h>
#include <stdint.h>

/// The driver of libFuzzer, for a program that has its own main (llvm.org/docs/LibFuzzer.html).
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*one)(const uint8_t *bytes, size_t count));

/// Tells libFuzzer that the input did something of its own, 0...255: one that does it is worth keeping.
void fuzz_reached(uint8_t what);
