/* sshd_config(5), OpenSSH; vsftpd.conf(5); OpenWrt, "The UCI system"; NVRAM variables of the Broadcom and Realtek SDKs as their published
 * GPL sources name them (router/shared/defaults.c, boards/…/config_default.txt). */
#include "analysis/settings.h"

#include "analysis/text.h"

#include <strings.h>

enum { SETTINGS_MAX_BYTES = 1 << 20, FINDINGS_MAX = 32, KNOWN_MIN = 2 };

typedef struct { const char *key, *values, *rule, *title, *references; severity_t severity; uint8_t confidence; } setting_t; /* values: between spaces */

/* sshd_config: keys and values in either case, between blanks. */
static const setting_t sshd_settings[] = {
    {"PermitEmptyPasswords", " yes ", "sshd-empty-passwords", "SSH server lets accounts without password in", "CWE-258", SEVERITY_HIGH, 90},
    {"PermitRootLogin", " yes ", "sshd-root-login", "SSH server lets root in by password", "CWE-250", SEVERITY_LOW, 90},
    {"Protocol", " 1 1,2 2,1 ", "sshd-protocol-1", "SSH server speaks the broken first protocol", "CWE-327", SEVERITY_MEDIUM, 90},
    {"IgnoreRhosts", " no ", "sshd-rhosts", "SSH server believes .rhosts files", "CWE-290", SEVERITY_MEDIUM, 90},
};
static const char *const sshd_keys[] = {"Port", "ListenAddress", "HostKey", "PermitRootLogin", "PermitEmptyPasswords", "PasswordAuthentication", "PubkeyAuthentication", "UsePAM",
                                        "Subsystem", "AuthorizedKeysFile", "X11Forwarding", "ChallengeResponseAuthentication", "KbdInteractiveAuthentication", "UseDNS", "Protocol",
                                        "AcceptEnv", "PrintMotd", "StrictModes", "LoginGraceTime", "MaxAuthTries", "SyslogFacility", "LogLevel", "IgnoreRhosts", "Include",
                                        "UsePrivilegeSeparation", "PermitTunnel", "GatewayPorts", "AllowTcpForwarding", "PidFile", "Banner"};

/* name=value, or UCI "option name 'value'". */
static const setting_t assigned_settings[] = {
    {"telnet_enable", " 1 on yes true enable enabled ", "setting-telnet", "setting that switches a telnet server on", "CWE-1188", SEVERITY_MEDIUM, 70},
    {"telnet_enabled", " 1 on yes true enable enabled ", "setting-telnet", "setting that switches a telnet server on", "CWE-1188", SEVERITY_MEDIUM, 70},
    {"telnetd_enable", " 1 on yes true enable enabled ", "setting-telnet", "setting that switches a telnet server on", "CWE-1188", SEVERITY_MEDIUM, 70},
    {"telnet_en", " 1 on yes true enable enabled ", "setting-telnet", "setting that switches a telnet server on", "CWE-1188", SEVERITY_MEDIUM, 70},
    {"TelnetEnable", " 1 on yes true enable enabled ", "setting-telnet", "setting that switches a telnet server on", "CWE-1188", SEVERITY_MEDIUM, 70},
    {"telnet_wan", " 1 on yes true enable enabled ", "setting-remote-management", "setting that opens management to the outside", "CWE-1327", SEVERITY_MEDIUM, 70},
    {"sshd_wan", " 1 on yes true enable enabled ", "setting-remote-management", "setting that opens management to the outside", "CWE-1327", SEVERITY_MEDIUM, 70},
    {"remote_management", " 1 on yes true enable enabled ", "setting-remote-management", "setting that opens management to the outside", "CWE-1327", SEVERITY_MEDIUM, 70},
    {"remote_mgt_https", " 1 on yes true enable enabled ", "setting-remote-management", "setting that opens management to the outside", "CWE-1327", SEVERITY_MEDIUM, 60},
    {"remote_mgmt_enable", " 1 on yes true enable enabled ", "setting-remote-management", "setting that opens management to the outside", "CWE-1327", SEVERITY_MEDIUM, 70},
    {"misc_http_x", " 1 ", "setting-remote-management", "setting that opens management to the outside", "CWE-1327", SEVERITY_MEDIUM, 70},
    {"ro.adb.secure", " 0 ", "setting-adb", "Android debug bridge asks for no key", "CWE-489", SEVERITY_HIGH, 90},
    {"service.adb.tcp.port", " 5555 ", "setting-adb", "Android debug bridge listens on the network", "CWE-489", SEVERITY_HIGH, 90},
    {"persist.adb.tcp.port", " 5555 ", "setting-adb", "Android debug bridge listens on the network", "CWE-489", SEVERITY_HIGH, 90},
    {"ro.secure", " 0 ", "setting-adb", "Android debug bridge runs as root", "CWE-489", SEVERITY_HIGH, 90},
    {"anon_upload_enable", " yes ", "ftp-anonymous-upload", "FTP server takes files from anybody", "CWE-306", SEVERITY_MEDIUM, 80},
};

static bool is_among(span_t value, const char *values)
{
    for (const char *at = values; *at != '\0';) {
        while (*at == ' ')
            at++;
        const char *end = strchr(at, ' ');
        if (end == NULL)
            return false;
        if ((size_t)(end - at) == value.size && value.size > 0 && strncasecmp(at, (const char *)value.at, value.size) == 0)
            return true;
        at = end;
    }
    return false;
}

static bool is_key(span_t s)
{
    for (size_t i = 0; i < s.size; i++) {
        uint8_t c = s.at[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-' || c == ':' || c == '[' || c == ']'))
            return false;
    }
    return s.size > 0 && s.size <= 96;
}

/* "name=value", or "option name value". */
static bool split_assignment(span_t line, span_t *key, span_t *value)
{
    span_t         rest   = line;
    const uint8_t *equals = memchr(line.at, '=', line.size);
    if (equals != NULL) {
        *key   = text_without_blanks(span_sub(line, 0, (uint64_t)(equals - line.at)));
        *value = text_unquote(text_without_blanks(span_from_offset(line, (uint64_t)(equals - line.at) + 1)));
        return is_key(*key);
    }
    if (!span_equal(text_word(&rest), span_from_text("option")))
        return false;
    *key   = text_word(&rest);
    *value = text_unquote(text_without_blanks(rest));
    return is_key(*key);
}

static bool split_sshd(span_t line, span_t *key, span_t *value)
{
    span_t rest = line;
    *key        = text_word(&rest);
    *value      = text_unquote(text_without_blanks(rest));
    for (size_t i = 0; i < sizeof sshd_keys / sizeof *sshd_keys; i++)
        if (text_is_nocase(*key, sshd_keys[i]))
            return true;
    return false;
}

typedef struct {
    bool           (*split)(span_t line, span_t *key, span_t *value);
    const setting_t *settings;
    size_t           count;
    const char      *method;
} grammar_t;

static const grammar_t grammars[] = {
    {split_sshd, sshd_settings, sizeof sshd_settings / sizeof *sshd_settings, "sshd-config"},
    {split_assignment, assigned_settings, sizeof assigned_settings / sizeof *assigned_settings, "settings"},
};

static bool is_section(span_t line)
{
    return line.at[0] == '[' || span_has_text_at(line, 0, "config ") || span_has_text_at(line, 0, "list ") || span_has_text_at(line, 0, "package ") ||
           span_has_text_at(line, 0, "Match ") || span_has_text_at(line, 0, "import ");
}

/* Settings, and nothing else but comments and sections: in a program text the same words mean something else. */
static bool is_made_of(const grammar_t *grammar, span_t blob)
{
    size_t known = 0, other = 0;
    span_t line, key, value;
    for (size_t at = 0; text_line(blob, &at, &line);) {
        line = text_without_blanks(line);
        if (line.size == 0 || line.at[0] == '#' || line.at[0] == ';' || is_section(line))
            continue;
        bool fits = grammar->split(line, &key, &value);
        known += fits;
        other += !fits;
        if (other > 0 && other * 20 > known + 20)
            return false;
    }
    return known >= KNOWN_MIN && other * 20 <= known;
}

static size_t judge_line(const grammar_t *grammar, span_t blob, span_t line, sink_t *sink)
{
    span_t key, value;
    if (line.size == 0 || line.at[0] == '#' || line.at[0] == ';' || !grammar->split(line, &key, &value))
        return 0;
    for (size_t i = 0; i < grammar->count; i++) {
        const setting_t *s = &grammar->settings[i];
        if (!text_is_nocase(key, s->key) || !is_among(value, s->values))
            continue;
        evidence_t evidence = {(uint64_t)(line.at - blob.at), line.size, grammar->method, span_clip(line, 0, TEXT_SHORT_MAX), s->confidence};
        sink_say(sink, &(record_t){.type = RECORD_FINDING, .finding = {s->rule, s->title, s->references, FINDING_SERVICE, s->severity, evidence}});
        return 1;
    }
    return 0;
}

void settings_examine(span_t blob, sink_t *sink)
{
    if (blob.size < 8 || blob.size > SETTINGS_MAX_BYTES || memchr(blob.at, 0, blob.size) != NULL)
        return;
    for (size_t g = 0; g < sizeof grammars / sizeof *grammars; g++) {
        if (!is_made_of(&grammars[g], blob))
            continue;
        span_t line;
        size_t said = 0;
        for (size_t at = 0; text_line(blob, &at, &line) && said < FINDINGS_MAX;)
            said += judge_line(&grammars[g], blob, text_without_blanks(line), sink);
        return;
    }
}
