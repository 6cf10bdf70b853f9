#define _GNU_SOURCE
#include "CProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/// Whether the loader has written into segments that are read-only otherwise: what it wrote would be lost.
static int has_text_relocations(const struct dl_phdr_info *object) {
    const ElfW(Dyn) *entry = NULL;
    for (int index = 0; index < object->dlpi_phnum; index++)
        if (object->dlpi_phdr[index].p_type == PT_DYNAMIC) entry = (const void *)(object->dlpi_addr + object->dlpi_phdr[index].p_vaddr);
    for (; entry && entry->d_tag != DT_NULL; entry++)
        if (entry->d_tag == DT_TEXTREL || (entry->d_tag == DT_FLAGS && entry->d_un.d_val & DF_TEXTREL)) return 1;
    return 0;
}

static int release(struct dl_phdr_info *object, size_t size, void *result) {
    (void)size;
    if (has_text_relocations(object)) return 1;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int index = 0; index < object->dlpi_phnum; index++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[index];
        if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W)) continue;
        uintptr_t begin = object->dlpi_addr + segment->p_vaddr;
        // Whole pages of the file only; what is given back is read from the file again when it is asked for.
        uintptr_t first = (begin + page - 1) & ~(page - 1), last = (begin + segment->p_filesz) & ~(page - 1);
        if (first < last && madvise((void *)first, last - first, MADV_DONTNEED) == 0) *(int64_t *)result += (int64_t)(last - first);
    }
    return 1; // the first object is the program itself
}

void trellis_release_free_heap(void) { malloc_trim(0); }

int64_t trellis_release_read_only_pages(void) {
    int64_t result = 0;
    dl_iterate_phdr(release, &result);
    return result;
}

static void close_all(int count, int descriptors[]) {
    for (int index = 0; index < count; index++)
        if (descriptors[index] >= 0) close(descriptors[index]);
}

int trellis_spawn(const char *path, char *const arguments[], char *const environment[], int wants_input, int parent[3]) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int child[3] = {-1, -1, -1};
    for (int number = 0; number < 3; number++) parent[number] = -1;
    for (int number = 0; number < 3; number++) {
        int ends[2];
        if (number == 0 && !wants_input) {
            child[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
            if (child[0] >= 0) continue;
        } else if (pipe2(ends, O_CLOEXEC) == 0) {
            child[number] = ends[number > 0];
            parent[number] = ends[number == 0];
            continue;
        }
        int code = errno;
        close_all(3, child);
        close_all(3, parent);
        return -code;
    }
    pid_t process = -1;
    int code = posix_spawn_file_actions_init(&actions);
    if (!code) {
        code = posix_spawnattr_init(&attributes);
        if (!code) {
            for (int number = 0; number < 3 && !code; number++) code = posix_spawn_file_actions_adddup2(&actions, child[number], number);
            if (!code) code = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
            if (!code) code = posix_spawnattr_setsigmask(&attributes, &none);
            if (!code) code = posix_spawnattr_setsigdefault(&attributes, &all);
            if (!code) code = posix_spawnattr_setpgroup(&attributes, 0);
            if (!code) code = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
            if (!code) code = posix_spawn(&process, path, &actions, &attributes, arguments, environment);
            posix_spawnattr_destroy(&attributes);
        }
        posix_spawn_file_actions_destroy(&actions);
    }
    close_all(3, child);
    if (code) {
        close_all(3, parent);
        return -code;
    }
    return process;
}

void trellis_await_end(int process) {
    siginfo_t info;
    while (waitid(P_PID, (id_t)process, &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {}
}

int trellis_reap(int process) {
    int status = 0;
    while (waitpid(process, &status, 0) < 0)
        if (errno != EINTR) return -SIGKILL;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void trellis_kill_group(int process) {
    kill(-process, SIGKILL);
}
