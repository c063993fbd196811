/* assay doctor: what this machine offers a scan. */
#include "cli/command.h"

#include "engine/sandbox.h"

#include <archive.h>
#include <fcntl.h>
#include <libfyaml.h>
#include <jansson.h>
#include <lzma.h>
#include <magic.h>
#include <openssl/crypto.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <yara.h>
#include <zlib.h>
#include <zstd.h>

static const char *yes_no(bool yes) { return yes ? "yes" : "NO"; }

static void say_kernel(const sandbox_offer_t *offer)
{
    struct utsname name;
    cpu_set_t      set;
    if (uname(&name) == 0)
        (void)printf("kernel            %s %s, %s\n", name.sysname, name.release, name.machine);
    (void)printf("processors        %d usable\n", sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1);
    (void)printf("no_new_privs      %s\n", yes_no(offer->no_new_privs));
    (void)printf("seccomp filters   %s\n", yes_no(offer->seccomp));
    if (offer->landlock > 0)
        (void)printf("landlock          yes, ABI %d%s\n", offer->landlock, offer->landlock < 4 ? " (paths; network is closed by seccomp alone)" : "");
    else
        (void)printf("landlock          NO\n");
    int memory = memfd_create("assay-doctor", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    (void)printf("sealed memory     %s\n", yes_no(memory >= 0 && fcntl(memory, F_ADD_SEALS, F_SEAL_WRITE) == 0));
    if (memory >= 0)
        (void)close(memory);
}

static void say_work_directory(void)
{
    const char    *temporary = getenv("TMPDIR");
    const char    *path      = temporary != NULL && temporary[0] == '/' ? temporary : "/var/tmp";
    struct statvfs facts;
    if (statvfs(path, &facts) == 0)
        (void)printf("work directory    %s, %llu MiB free\n", path, (unsigned long long)facts.f_bavail * facts.f_frsize >> 20);
    else
        (void)printf("work directory    %s cannot be used: give another by --work-dir\n", path);
}

static void say_libraries(void)
{
    char pcre[64] = "";
    (void)pcre2_config(PCRE2_CONFIG_VERSION, pcre);
    (void)printf("libarchive        %s\n", archive_version_string());
    (void)printf("libmagic          %d.%02d\n", magic_version() / 100, magic_version() % 100);
    (void)printf("yara              %s\n", YR_VERSION);
    (void)printf("OpenSSL           %s\n", OpenSSL_version(OPENSSL_VERSION_STRING));
    (void)printf("pcre2             %s\n", pcre);
    (void)printf("zlib, lzma, zstd  %s, %s, %s\n", zlibVersion(), lzma_version_string(), ZSTD_versionString());
    (void)printf("jansson, fyaml    %s, %s\n", JANSSON_VERSION, fy_library_version());
}

int command_doctor(int argc, char **argv)
{
    (void)argv;
    if (argc > 1) {
        (void)fprintf(stderr, "usage: assay doctor\n");
        return 2;
    }
    sandbox_offer_t offer = sandbox_offer();
    (void)printf("assay             %s\n", ASSAY_VERSION);
    say_kernel(&offer);
    say_work_directory();
    say_libraries();
    if (sandbox_is_full(&offer)) {
        (void)printf("\nThe full sandbox is available.\n");
        return 0;
    }
    (void)printf("\nThe full sandbox is NOT available: a scan needs --sandbox=reduced, and its report will say so.\n");
    return 3;
}
