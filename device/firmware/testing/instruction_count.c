// A plugin for QEMU that counts the guest's instructions, for tests and figures: `-plugin
// instruction_count.so,count=PATH`. PATH, 8 bytes, always holds the count so far, in the host's byte order. Declares
// what it needs of QEMU's plugin API (docs/devel/tcg-plugins), as far as all its versions have it.
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default")))

struct qemu_plugin_tb;
enum callback_flags { NO_REGISTERS };
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb* block);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb* block, void (*run)(unsigned cpu, void* count),
                                          enum callback_flags flags, void* count);
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t plugin,
                                           void (*translated)(uint64_t plugin, struct qemu_plugin_tb* block));

EXPORTED int qemu_plugin_version = QEMU_PLUGIN_VERSION;  // 1 up to QEMU 8, from 9 on at least 2

static volatile uint64_t* counted;

// A block that an exception leaves early counts as a whole: some instructions too many per exception.
static void on_run(unsigned cpu, void* count) {
    (void)cpu;
    *counted += (uintptr_t)count;
}

static void on_translated(uint64_t plugin, struct qemu_plugin_tb* block) {
    (void)plugin;
    qemu_plugin_register_vcpu_tb_exec_cb(block, on_run, NO_REGISTERS, (void*)(uintptr_t)qemu_plugin_tb_n_insns(block));
}

EXPORTED int qemu_plugin_install(uint64_t plugin, const void* info, int count, char** arguments) {
    (void)info;
    if (count != 1 || strncmp(arguments[0], "count=", 6) != 0) return -1;
    const int file = open(arguments[0] + 6, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || ftruncate(file, sizeof *counted) != 0) return -1;
    void* memory = mmap(NULL, sizeof *counted, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (memory == MAP_FAILED) return -1;
    counted = memory;
    qemu_plugin_register_vcpu_tb_trans_cb(plugin, on_translated);
    return 0;
}
