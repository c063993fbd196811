/* Commands of a shell: POSIX, Shell Command Language, 2.9; inittab: busybox, examples/inittab, and sysvinit, inittab(5); inetd.conf(5);
 * units: systemd.service(5); init.rc: Android, system/core/init/README.md; procd: OpenWrt, "procd init scripts". */
#include "analysis/services.h"

#include "analysis/text.h"

#include <stdio.h>

enum { SCRIPT_MAX = 1 << 20, FINDINGS_MAX = 64, WORDS_MAX = 64 };

typedef enum { FILE_OTHER, FILE_SCRIPT, FILE_INITTAB, FILE_INETD, FILE_UNIT, FILE_INIT_RC } file_kind_t;

/* Programs that let others in. `confidence` that one on a command line is really started. */
typedef struct { const char *program, *rule, *title, *references; severity_t severity; uint8_t confidence; } service_t;

static const service_t services[] = {
    {"telnetd", "service-telnet", "telnet server is started: passwords in clear text", "CWE-319", SEVERITY_HIGH, 80},
    {"utelnetd", "service-telnet", "telnet server is started: passwords in clear text", "CWE-319", SEVERITY_HIGH, 80},
    {"in.telnetd", "service-telnet", "telnet server is started: passwords in clear text", "CWE-319", SEVERITY_HIGH, 80},
    {"gdbserver", "service-debugger", "debugger that takes commands from the network is started", "CWE-489", SEVERITY_HIGH, 80},
    {"adbd", "service-adb", "Android debug bridge is started", "CWE-489", SEVERITY_MEDIUM, 70},
    {"in.rshd", "service-rsh", "remote shell that believes addresses is started", "CWE-306", SEVERITY_HIGH, 80},
    {"rshd", "service-rsh", "remote shell that believes addresses is started", "CWE-306", SEVERITY_HIGH, 80},
    {"in.rlogind", "service-rsh", "remote login that believes addresses is started", "CWE-306", SEVERITY_HIGH, 80},
    {"rlogind", "service-rsh", "remote login that believes addresses is started", "CWE-306", SEVERITY_HIGH, 80},
    {"rexecd", "service-rsh", "remote execution in clear text is started", "CWE-319", SEVERITY_HIGH, 80},
    {"in.rexecd", "service-rsh", "remote execution in clear text is started", "CWE-319", SEVERITY_HIGH, 80},
    {"tftpd", "service-tftp", "TFTP server is started: it asks for no password", "CWE-306", SEVERITY_MEDIUM, 70},
    {"in.tftpd", "service-tftp", "TFTP server is started: it asks for no password", "CWE-306", SEVERITY_MEDIUM, 70},
    {"utftpd", "service-tftp", "TFTP server is started: it asks for no password", "CWE-306", SEVERITY_MEDIUM, 70},
    {"tcf-agent", "service-debugger", "debugger that takes commands from the network is started", "CWE-489", SEVERITY_MEDIUM, 70},
    {"ftpd", "service-ftp", "FTP server is started: passwords in clear text", "CWE-319", SEVERITY_LOW, 70},
    {"dropbear", "service-ssh", "SSH server is started", NULL, SEVERITY_INFO, 80},
    {"sshd", "service-ssh", "SSH server is started", NULL, SEVERITY_INFO, 80},
};

typedef struct { span_t blob; sink_t *sink; const char *method; size_t said; bool fetched, installed, checked; span_t install; } examination_t;

static span_t base_name(span_t word)
{
    for (size_t i = word.size; i > 0; i--)
        if (word.at[i - 1] == '/')
            return span_from_offset(word, i);
    return word;
}

static bool is_one_of(span_t s, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text_is(s, texts[i]))
            return true;
    return false;
}

static void say(examination_t *e, span_t text, const char *rule, const char *title, const char *references, severity_t severity, uint8_t confidence)
{
    if (e->said++ >= FINDINGS_MAX)
        return;
    text = text_without_blanks(text);
    evidence_t evidence = {(uint64_t)(text.at - e->blob.at), text.size, e->method, span_clip(text, 0, TEXT_SHORT_MAX), confidence};
    sink_say(e->sink, &(record_t){.type = RECORD_FINDING, .finding = {rule, title, references, FINDING_SERVICE, severity, evidence}});
}

/* ---- a command ------------------------------------------------------------------------------------------------------- */

typedef struct { span_t text, word[WORDS_MAX]; size_t count; } command_t;

static bool is_shell(span_t word)
{
    static const char *const shells[] = {"sh", "ash", "bash", "-sh", "-ash", "-bash", "busybox-sh"};
    return is_one_of(base_name(word), shells, sizeof shells / sizeof *shells);
}

static bool has_word(const command_t *c, const char *text)
{
    for (size_t i = 1; i < c->count; i++)
        if (text_is(c->word[i], text))
            return true;
    return false;
}

/* Is a value that an assignment sets not all in this word: a command's output, or a quoted text with blanks? */
static bool goes_on(span_t value)
{
    bool quoted = value.size > 0 && (value.at[0] == '"' || value.at[0] == '\'');
    return memchr(value.at, '`', value.size) != NULL || memmem(value.at, value.size, "$(", 2) != NULL ||
           (quoted && (value.size == 1 || value.at[value.size - 1] != value.at[0]));
}

/* The program that a command ends up running, behind assignments, exec, busybox, start-stop-daemon … Its place among the words, or
 * c->count. */
static size_t program_of(const command_t *c)
{
    static const char *const before[] = {"exec", "nohup", "busybox", "sudo", "setsid", "time", "command", "then", "do", "else", "if", "while", "until", "!", "{", "(",
                                         "service", "start_daemon", "daemon", "service_start", "run_daemon"};
    static const char *const names[]  = {"--exec", "-x", "--startas", "-a"};
    size_t i = 0;
    for (; i < c->count; i++) {
        span_t         word   = c->word[i];
        const uint8_t *equals = memchr(word.at, '=', word.size);
        bool           sets   = equals != NULL && (word.at[0] | 0x20) >= 'a' && (word.at[0] | 0x20) <= 'z' && memchr(word.at, '/', (size_t)(equals - word.at)) == NULL;
        if (sets && goes_on(span_from_offset(word, (uint64_t)(equals - word.at) + 1)))
            return c->count;
        if (!sets && !is_one_of(base_name(word), before, sizeof before / sizeof *before))
            break;
    }
    if (i < c->count && text_is(base_name(c->word[i]), "start-stop-daemon")) {
        if (has_word(c, "-K") || has_word(c, "--stop"))
            return c->count;
        for (size_t k = i + 1; k + 1 < c->count; k++)
            if (is_one_of(c->word[k], names, sizeof names / sizeof *names))
                return k + 1;
    }
    if (i + 2 < c->count && text_is(c->word[i], "procd_set_param") && text_is(c->word[i + 1], "command"))
        return i + 2;
    return i;
}

static void note_update(examination_t *e, const command_t *c, span_t program)
{
    static const char *const fetchers[]   = {"wget", "curl", "uclient-fetch", "tftp", "ftpget"};
    static const char *const installers[] = {"mtd", "mtd_write", "flashcp", "nandwrite", "flash_write", "sysupgrade", "fwupgrade", "upgradetest", "dd"};
    static const char *const checkers[]   = {"openssl", "gpg", "gpgv", "usign", "signify", "minisign", "ucert", "fwtool", "rauc", "swupdate"};
    if (is_one_of(program, fetchers, sizeof fetchers / sizeof *fetchers))
        e->fetched = true;
    if (is_one_of(program, checkers, sizeof checkers / sizeof *checkers))
        e->checked = true;
    bool writes = is_one_of(program, installers, sizeof installers / sizeof *installers);
    if (text_is(program, "dd")) {
        writes = false;
        for (size_t i = 1; i < c->count; i++)
            writes = writes || span_has_text_at(c->word[i], 0, "of=/dev/mtd");
    }
    if (text_is(program, "mtd"))
        writes = has_word(c, "write");
    if (writes && !e->installed) {
        e->installed = true;
        e->install   = c->text;
    }
}

static void judge_command(examination_t *e, const command_t *c)
{
    size_t at = program_of(c);
    if (at == c->count)
        return;
    span_t program = base_name(c->word[at]);
    note_update(e, c, program);
    for (size_t i = 0; i < sizeof services / sizeof *services; i++)
        if (text_is(program, services[i].program))
            say(e, c->text, services[i].rule, services[i].title, services[i].references, services[i].severity, services[i].confidence);
    bool netcat = text_is(program, "nc") || text_is(program, "ncat") || text_is(program, "netcat");
    if (netcat && (has_word(c, "-e") || has_word(c, "-le") || has_word(c, "-lle") || has_word(c, "-c")) &&
        (is_shell(c->word[c->count - 1]) || has_word(c, "/bin/sh") || has_word(c, "/bin/ash") || has_word(c, "/bin/bash")))
        say(e, c->text, "service-shell", "shell handed to the network without a password", "CWE-306", SEVERITY_HIGH, 85);
    if (text_is(program, "getty") && (has_word(c, "-n") || has_word(c, "--skip-login")))
        for (size_t i = at + 1; i + 1 < c->count; i++)
            if (text_is(c->word[i], "-l") && is_shell(c->word[i + 1]))
                say(e, c->text, "console-shell", "console that gives a shell without a password", "CWE-1191", SEVERITY_MEDIUM, 80);
}

static void take_command(examination_t *e, span_t text)
{
    command_t c = {.text = text};
    for (span_t rest = text, word; c.count < WORDS_MAX && (word = text_word(&rest)).size > 0;)
        c.word[c.count++] = text_unquote(word);
    if (c.count > 0)
        judge_command(e, &c);
}

/* The commands of a line, which end at ; & | outside of quotes; a comment begins at a '#' that begins a word. */
static void take_line(examination_t *e, span_t line)
{
    uint8_t quote = 0;
    size_t  start = 0, i = 0;
    for (; i < line.size; i++) {
        uint8_t c = line.at[i];
        if (quote != 0) {
            quote = c == quote ? 0 : quote;
        } else if (c == '\\') {
            i++;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '#' && (i == 0 || line.at[i - 1] == ' ' || line.at[i - 1] == '\t')) {
            break;
        } else if (c == ';' || c == '&' || c == '|' || c == ')') {
            take_command(e, span_sub(line, start, i - start));
            start = i + 1;
        }
    }
    i = i > line.size ? line.size : i;
    if (start < i)
        take_command(e, span_sub(line, start, i - start));
}

/* ---- the kinds of file ------------------------------------------------------------------------------------------------- */

/* id:runlevels:action:process (sysvinit, busybox). The process, where the action starts one; its action in `*action`. */
static bool inittab_entry(span_t line, span_t *action, span_t *process)
{
    static const char *const actions[] = {"sysinit", "respawn", "askfirst", "wait", "once", "restart", "ctrlaltdel", "shutdown", "boot", "bootwait", "off", "ondemand",
                                          "initdefault", "powerwait", "powerfail", "powerokwait", "powerfailnow", "kbrequest"};
    span_t field = line, rest = line;
    for (int i = 0; i < 3; i++) {
        const uint8_t *colon = memchr(rest.at, ':', rest.size);
        if (colon == NULL)
            return false;
        field = span_sub(rest, 0, (uint64_t)(colon - rest.at));
        rest  = span_from_offset(rest, (uint64_t)(colon - rest.at) + 1);
    }
    *action  = field;
    *process = rest;
    return is_one_of(field, actions, sizeof actions / sizeof *actions);
}

static void judge_inittab(examination_t *e, span_t line)
{
    span_t action, process, rest;
    if (!inittab_entry(line, &action, &process) || text_is(action, "off"))
        return;
    rest        = process;
    span_t word = text_word(&rest);
    if (word.size > 0 && word.at[0] == '-')
        word = span_from_offset(word, 1);
    if ((text_is(action, "respawn") || text_is(action, "askfirst") || text_is(action, "once")) && is_shell(word) && text_without_blanks(rest).size < 8)
        say(e, line, "console-shell", "console that gives a shell without a password", "CWE-1191", SEVERITY_MEDIUM, 85);
    else
        take_line(e, process);
}

/* service socket protocol wait user program arguments */
static bool inetd_entry(span_t line, span_t *program)
{
    static const char *const sockets[] = {"stream", "dgram", "raw", "rdm", "seqpacket"};
    span_t rest = line, word[6];
    for (size_t i = 0; i < 6; i++)
        word[i] = text_word(&rest);
    *program = word[5];
    if (text_is(word[5], "/usr/sbin/tcpd") || text_is(word[5], "tcpd"))
        *program = text_word(&rest);
    return word[5].size > 0 && is_one_of(word[1], sockets, sizeof sockets / sizeof *sockets) &&
           (span_has_text_at(word[3], 0, "wait") || span_has_text_at(word[3], 0, "nowait"));
}

static bool after_key(span_t line, const char *key, span_t *value)
{
    size_t length = strlen(key);
    if (!span_has_text_at(line, 0, key))
        return false;
    *value = span_from_offset(line, length);
    return true;
}

static bool init_rc_service(span_t line, span_t *program)
{
    span_t rest = line;
    if (!text_is(text_word(&rest), "service"))
        return false;
    (void)text_word(&rest);
    *program = text_without_blanks(rest);
    return program->size > 1 && program->at[0] == '/';
}

static file_kind_t kind_of(span_t blob)
{
    span_t line, value, other;
    size_t inittab = 0, inetd = 0, lines = 0;
    bool   sections = false, started = false, rc = false, on = false;
    for (size_t at = 0; text_line(blob, &at, &line) && lines < 400;) {
        if (at <= line.size + 2 && span_has_text_at(line, 0, "#!"))
            return memmem(line.at, line.size, "sh", 2) != NULL ? FILE_SCRIPT : FILE_OTHER;
        line = text_without_blanks(line);
        if (line.size == 0 || line.at[0] == '#')
            continue;
        lines++;
        inittab += inittab_entry(line, &value, &other);
        inetd += inetd_entry(line, &value);
        sections = sections || text_is(line, "[Service]");
        started  = started || after_key(line, "ExecStart=", &value);
        rc       = rc || init_rc_service(line, &value);
        on       = on || span_has_text_at(line, 0, "on ");
    }
    if (sections && started)
        return FILE_UNIT;
    if (lines > 0 && inittab == lines)
        return FILE_INITTAB;
    if (lines > 0 && inetd == lines)
        return FILE_INETD;
    return rc && on ? FILE_INIT_RC : FILE_OTHER;
}

static void judge_line(examination_t *e, file_kind_t kind, span_t line)
{
    span_t value;
    switch (kind) {
    case FILE_SCRIPT: take_line(e, line); break;
    case FILE_INITTAB: judge_inittab(e, line); break;
    case FILE_INETD:
        if (inetd_entry(line, &value))
            take_command(e, value);
        break;
    case FILE_UNIT:
        if (after_key(line, "ExecStart=", &value)) {
            while (value.size > 0 && memchr("-@:+!", value.at[0], 5) != NULL)
                value = span_from_offset(value, 1);
            take_command(e, value);
        }
        break;
    case FILE_INIT_RC:
        if (init_rc_service(line, &value))
            take_command(e, value);
        break;
    case FILE_OTHER: break;
    }
}

void services_examine(span_t blob, sink_t *sink)
{
    static const char *const methods[] = {NULL, "shell-script", "inittab", "inetd", "systemd-unit", "init-rc"};
    if (blob.size < 8 || blob.size > SCRIPT_MAX || memchr(blob.at, 0, blob.size) != NULL)
        return;
    file_kind_t   kind = kind_of(blob);
    examination_t e    = {.blob = blob, .sink = sink, .method = methods[kind]};
    span_t        line;
    for (size_t at = 0; kind != FILE_OTHER && text_line(blob, &at, &line);) {
        line = text_without_blanks(line);
        if (line.size > 0 && line.at[0] != '#')
            judge_line(&e, kind, line);
    }
    if (e.fetched && e.installed && !e.checked)
        say(&e, e.install, "unsigned-update", "a script installs what it fetched, and checks no signature: a guess from the commands in it", "CWE-494", SEVERITY_LOW, 40);
    if (e.said > FINDINGS_MAX)
        sink_note(sink, 0, "more services than are told for one file");
}
