#define _GNU_SOURCE
#include "CProcess.h"

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

static int release(struct dl_phdr_info *object, size_t size, void *result) {
    (void)size;
    const ElfW(Dyn) *entry = NULL;
    for (int index = 0; index < object->dlpi_phnum; index++)
        if (object->dlpi_phdr[index].p_type == PT_DYNAMIC) entry = (const void *)(object->dlpi_addr + object->dlpi_phdr[index].p_vaddr);
    uintptr_t table = 0;
    size_t length = 0;
    for (; entry && entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_RELA) table = entry->d_un.d_ptr;
        if (entry->d_tag == DT_RELASZ) length = entry->d_un.d_val;
    }
    // The loader has made an address of the offset, where it writes to the dynamic section.
    if (table && table < object->dlpi_addr) table += object->dlpi_addr;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), first = (table + page - 1) & ~(page - 1), last = (table + length) & ~(page - 1);
    // Only what a read-only segment of the file holds can be given back without loss.
    for (int index = 0; table && first < last && index < object->dlpi_phnum; index++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[index];
        uintptr_t begin = object->dlpi_addr + segment->p_vaddr;
        if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W) || first < begin || last > begin + segment->p_filesz) continue;
        if (madvise((void *)first, last - first, MADV_DONTNEED) == 0) *(int64_t *)result += (int64_t)(last - first);
    }
    return 1; // the first object is the program itself
}

int64_t trellis_release_relocations(void) {
    int64_t result = 0;
    dl_iterate_phdr(release, &result);
    return result;
}
