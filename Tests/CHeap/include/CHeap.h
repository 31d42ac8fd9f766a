// SPDX-License-Identifier: BSD-2-Clause
#pragma once

/// How often the calling thread has asked for memory from the heap, ever, in a program that this is linked into.
unsigned long heap_requests(void);
