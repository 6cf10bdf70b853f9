// What a process asks of the loader and the kernel about its own memory, in a form that Swift can import.
#pragma once

#include <stdint.h>

/// Gives back the pages of the program's relocation table, which the loader reads at the start and nobody afterwards. Says how many bytes they span.
/// A table that were read again would be read from the file again; the lazily bound part (DT_JMPREL) is left alone.
int64_t trellis_release_relocations(void);
