// SPDX-License-Identifier: BSD-2-Clause
#include "CFuzzer.h"

// libFuzzer takes what is in this section for counters like those of its own instrumentation, and clears it.
__attribute__((section("__libfuzzer_extra_counters"))) static volatile uint8_t reached[256];

void fuzz_reached(uint8_t what) { reached[what] = 1; }
