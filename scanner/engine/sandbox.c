#include "engine/sandbox.h"

#include "engine/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char sandbox[] = "sandbox";

/* Constants newer than the headers of Debian bookworm (linux/landlock.h of Linux 6.7 and later). */
enum { ACCESS_FS_TRUNCATE = 1 << 14, ACCESS_FS_IOCTL_DEV = 1 << 15, ACCESS_NET_BIND = 1, ACCESS_NET_CONNECT = 2, SCOPE_ALL = 3 };
typedef struct { uint64_t handled_access_fs, handled_access_net, scoped; } ruleset_t;

static int landlock_abi(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return abi > 0 ? (int)abi : 0;
}

sandbox_offer_t sandbox_offer(void)
{
    sandbox_offer_t offer = {.landlock = landlock_abi()};
    /* The kernel knows filters when it refuses an empty program for being empty, not for being unknown. */
    offer.seccomp      = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) == -1 && errno == EFAULT;
    offer.no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) >= 0;
    return offer;
}

bool sandbox_is_full(const sandbox_offer_t *offer) { return offer->landlock > 0 && offer->seccomp && offer->no_new_privs; }

static status_t enter_landlock(int abi)
{
    ruleset_t rules = {.handled_access_fs = (1u << 13) - 1};
    if (abi >= 2)
        rules.handled_access_fs |= 1u << 13; /* refer */
    if (abi >= 3)
        rules.handled_access_fs |= ACCESS_FS_TRUNCATE;
    if (abi >= 5)
        rules.handled_access_fs |= ACCESS_FS_IOCTL_DEV;
    if (abi >= 4)
        rules.handled_access_net = ACCESS_NET_BIND | ACCESS_NET_CONNECT;
    if (abi >= 6)
        rules.scoped = SCOPE_ALL;
    size_t size    = abi >= 6 ? sizeof rules : abi >= 4 ? 16 : 8;
    int    ruleset = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
    if (ruleset < 0)
        return status_fail_io(sandbox, "could not make a landlock rule set");
    /* No rule is added: every path is closed. */
    long entered = syscall(SYS_landlock_restrict_self, ruleset, 0);
    int  reason  = errno;
    (void)close(ruleset);
    errno = reason;
    return entered == 0 ? ok() : status_fail_io(sandbox, "landlock did not take effect");
}

status_t sandbox_close_paths(bool reduced)
{
    int abi = landlock_abi();
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return status_fail_io(sandbox, "could not give up gaining privileges");
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (abi == 0)
        return reduced ? ok() : status_fail(STATUS_UNSUPPORTED, sandbox, 0, "this kernel has no landlock; --sandbox=reduced goes on without it, and the report says so");
    return enter_landlock(abi);
}

static bool limit(__rlimit_resource_t resource, uint64_t value)
{
    struct rlimit bound = {value, value}, now;
    if (getrlimit(resource, &now) == 0 && now.rlim_max != RLIM_INFINITY && now.rlim_max < value)
        bound = (struct rlimit){now.rlim_max, now.rlim_max};
    return setrlimit(resource, &bound) == 0;
}

static bool set_limits(uint64_t heap_bytes)
{
    bool good = limit(RLIMIT_CORE, 0) && limit(RLIMIT_NPROC, 0) && limit(RLIMIT_NOFILE, 32) && limit(RLIMIT_FSIZE, PACK_SIZE) && limit(RLIMIT_MEMLOCK, 0);
#if !defined(__SANITIZE_ADDRESS__)
    if (heap_bytes > 0)
        good = good && limit(RLIMIT_DATA, heap_bytes);
#else
    (void)heap_bytes; /* the sanitizer's shadow memory is larger than any bound */
#endif
    return good;
}

/* What a parser needs: memory, time, its descriptors, an end. */
static const int allowed[] = {
    SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(pwrite64), SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(close),
    SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(lseek), SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(mprotect), SCMP_SYS(madvise),
    SCMP_SYS(brk), SCMP_SYS(futex), SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep), SCMP_SYS(gettimeofday), SCMP_SYS(getpid), SCMP_SYS(gettid),
    SCMP_SYS(getrandom), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack), SCMP_SYS(sched_yield),
    SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(getrlimit), SCMP_SYS(restart_syscall), SCMP_SYS(rseq), SCMP_SYS(set_robust_list),
    SCMP_SYS(sysinfo), SCMP_SYS(uname), SCMP_SYS(times), SCMP_SYS(getrusage),
};

/* What libraries ask in good faith (locale files, configuration, random devices): they hear no, and go on without. */
static const int refused[] = {
    SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(statx),
    SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(socket), SCMP_SYS(ioctl), SCMP_SYS(prlimit64), SCMP_SYS(sched_getaffinity), SCMP_SYS(getcwd),
    SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(prctl), SCMP_SYS(memfd_create),
};

#define COUNT(list) (sizeof(list) / sizeof *(list))

static status_t enter_seccomp(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    bool            good   = filter != NULL;
    for (size_t i = 0; good && i < COUNT(allowed); i++)
        if (allowed[i] != SCMP_SYS(mmap) && allowed[i] != SCMP_SYS(mprotect))
            good = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0) == 0;
    /* Never memory that can be executed. */
    good = good && seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0;
    good = good && seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0;
    for (size_t i = 0; good && i < COUNT(refused); i++)
        good = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), refused[i], 0) == 0;
    /* The signer asks whether what it signs is sealed; nothing else about a descriptor may be asked or changed. */
    good = good && seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, SCMP_A1(SCMP_CMP_EQ, F_GET_SEALS)) == 0;
    good = good && seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(fcntl), 1, SCMP_A1(SCMP_CMP_NE, F_GET_SEALS)) == 0;
    good = good && seccomp_load(filter) == 0;
    seccomp_release(filter);
    return good ? ok() : status_fail(STATUS_UNSUPPORTED, sandbox, 0, "the seccomp filter could not be loaded; --sandbox=reduced goes on without it, and the report says so");
}

status_t sandbox_enter_worker(uint64_t heap_bytes, bool reduced)
{
    (void)signal(SIGXFSZ, SIG_IGN);
    if (!set_limits(heap_bytes))
        return status_fail_io(sandbox, "could not set resource limits");
    status_t status = enter_seccomp();
    return status_ok(status) || !reduced ? status : ok();
}

status_t sandbox_enter_signer(bool reduced)
{
    status_t status = sandbox_close_paths(reduced);
    return status_ok(status) ? sandbox_enter_worker(0, reduced) : status;
}

/* What modules of tokens need beside that: files (SoftHSM), a daemon's socket (PC/SC), a network (HSMs), threads. */
static const int token_allowed[] = {
    SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(statx),
    SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getdents64), SCMP_SYS(fcntl), SCMP_SYS(flock), SCMP_SYS(ftruncate), SCMP_SYS(fsync), SCMP_SYS(fdatasync),
    SCMP_SYS(mkdir), SCMP_SYS(unlink), SCMP_SYS(rename), SCMP_SYS(umask), SCMP_SYS(chmod), SCMP_SYS(fchmod), SCMP_SYS(getcwd), SCMP_SYS(statfs), SCMP_SYS(fstatfs),
    SCMP_SYS(socket), SCMP_SYS(connect), SCMP_SYS(sendto), SCMP_SYS(recvfrom), SCMP_SYS(sendmmsg), SCMP_SYS(shutdown), SCMP_SYS(getsockname), SCMP_SYS(getpeername),
    SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(select), SCMP_SYS(pselect6), SCMP_SYS(epoll_create1),
    SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(eventfd2), SCMP_SYS(pipe2), SCMP_SYS(dup), SCMP_SYS(ioctl), SCMP_SYS(readv),
    SCMP_SYS(nanosleep), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(sched_getaffinity), SCMP_SYS(prlimit64), SCMP_SYS(mlock),
    SCMP_SYS(munlock), SCMP_SYS(tgkill),
};

static status_t enter_token_seccomp(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    bool            good   = filter != NULL;
    for (size_t i = 0; good && i < COUNT(allowed); i++)
        good = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0) == 0;
    for (size_t i = 0; good && i < COUNT(token_allowed); i++)
        good = seccomp_rule_add(filter, SCMP_ACT_ALLOW, token_allowed[i], 0) == 0;
    /* Threads, no processes: glibc asks clone3 first and goes on with clone where there is none. */
    good = good && seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)) == 0;
    good = good && seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
    good = good && seccomp_load(filter) == 0;
    seccomp_release(filter);
    return good ? ok() : status_fail(STATUS_UNSUPPORTED, sandbox, 0, "the seccomp filter could not be loaded; --sandbox=reduced goes on without it");
}

status_t sandbox_enter_token_signer(bool reduced)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return status_fail_io(sandbox, "could not give up gaining privileges");
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (!limit(RLIMIT_CORE, 0))
        return status_fail_io(sandbox, "could not set resource limits");
    status_t status = enter_token_seccomp();
    return status_ok(status) || !reduced ? status : ok();
}
