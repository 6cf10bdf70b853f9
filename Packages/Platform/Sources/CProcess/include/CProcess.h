// What a process asks of the loader and the kernel about its own memory, in a form that Swift can import.
#pragma once

#include <stdint.h>

/// Gives back the pages of the program's code and constant data, all of which are in the file as well: what is needed again is mapped again, a page at
/// a time, without being copied. Says how many bytes the segments span; 0 for a program whose code the loader had to change.
int64_t trellis_release_read_only_pages(void);

/// Gives back the pages of the heap in which nothing is any more.
void trellis_release_free_heap(void);

/// Starts a program as a child in a process group of its own, with no signal blocked or ignored and no descriptor but its standard ones.
///
/// `parent` gets our ends of its standard input (when it `wants_input`; else that is empty), output and errors; no other child inherits them. The result is
/// the child's number, or an error number below zero.
int trellis_spawn(const char *path, char *const arguments[], char *const environment[], int wants_input, int parent[3]);

/// Waits until a child has ended, and leaves it to be reaped: until then its number means nothing else.
void trellis_await_end(int process);

/// Takes an ended child away: its status, or below zero the signal that ended it.
int trellis_reap(int process);

/// Ends a process group at once.
void trellis_kill_group(int process);
