// A plugin of qemu-user that counts the instructions each thread executes. At each system call whose first argument is the mark it
// writes a line to the guest's standard output: the thread's count so far, and what part of it ran outside the guest's executable
// file, in code that it has made itself.
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct qemu_plugin_tb;
typedef uint64_t id_t64;
void qemu_plugin_register_vcpu_tb_trans_cb(id_t64, void (*)(id_t64, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *, void (*)(unsigned, void *), int registers, void *);
void qemu_plugin_register_vcpu_syscall_cb(id_t64, void (*)(id_t64, unsigned, int64_t, uint64_t, uint64_t, uint64_t, uint64_t,
	uint64_t, uint64_t, uint64_t, uint64_t));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *), qemu_plugin_start_code(void), qemu_plugin_end_code(void);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;
enum { threads = 4096, no_registers = 0 };
static uint64_t in_file[threads], made[threads];
static unsigned long long mark;

static void in_file_ran(unsigned thread, void *n) { in_file[thread % threads] += (uintptr_t)n; }
static void made_ran(unsigned thread, void *n) { made[thread % threads] += (uintptr_t)n; }

static void translated(id_t64 id, struct qemu_plugin_tb *block) {
	uint64_t at = qemu_plugin_tb_vaddr(block);
	int is_made = at < qemu_plugin_start_code() || at >= qemu_plugin_end_code();
	qemu_plugin_register_vcpu_tb_exec_cb(block, is_made ? made_ran : in_file_ran, no_registers, (void *)qemu_plugin_tb_n_insns(block));
}

static void called(id_t64 id, unsigned thread, int64_t number, uint64_t first, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
	uint64_t f, uint64_t g, uint64_t h) {
	uint64_t native = made[thread % threads];
	if (first == mark)
		dprintf(1, "counted %llu %llu\n", (unsigned long long)(in_file[thread % threads] + native), (unsigned long long)native);
}

__attribute__((visibility("default"))) int qemu_plugin_install(id_t64 id, const void *info, int argc, char **argv) {
	if (argc != 1 || sscanf(argv[0], "mark=%llu", &mark) != 1)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_vcpu_syscall_cb(id, called);
	return 0;
}
