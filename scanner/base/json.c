#include "base/json.h"

#include "base/utf8.h"

#include <inttypes.h>
#include <stdio.h>

static void fail_writer(json_writer_t *w, const char *why)
{
    if (!w->failed)
        w->why = why;
    w->failed = true;
}

/* Every value passes here: comma, or the key that it needs. */
static bool begin_value(json_writer_t *w)
{
    if (w->failed)
        return false;
    if (w->depth == 0)
        return true;
    if (w->level[w->depth - 1].is_object) {
        if (!w->level[w->depth - 1].awaits_value)
            fail_writer(w, "a value without a key");
        w->level[w->depth - 1].awaits_value = false;
    } else {
        if (w->level[w->depth - 1].has_members)
            buffer_append_byte(&w->out, ',');
        w->level[w->depth - 1].has_members = true;
    }
    return !w->failed;
}

static void open_level(json_writer_t *w, bool is_object)
{
    if (!begin_value(w))
        return;
    if (w->depth == JSON_DEPTH) {
        fail_writer(w, "nested too deeply");
        return;
    }
    buffer_append_byte(&w->out, is_object ? '{' : '[');
    memset(&w->level[w->depth], 0, sizeof w->level[w->depth]);
    w->level[w->depth++].is_object = is_object;
}

static void close_level(json_writer_t *w, bool is_object)
{
    if (w->failed)
        return;
    if (w->depth == 0 || w->level[w->depth - 1].is_object != is_object || w->level[w->depth - 1].awaits_value) {
        fail_writer(w, "closed what was not open");
        return;
    }
    w->depth--;
    buffer_append_byte(&w->out, is_object ? '}' : ']');
}

void json_begin_object(json_writer_t *w) { open_level(w, true); }
void json_end_object(json_writer_t *w) { close_level(w, true); }
void json_begin_array(json_writer_t *w) { open_level(w, false); }
void json_end_array(json_writer_t *w) { close_level(w, false); }

static void write_string(json_writer_t *w, span_t text)
{
    static const char short_escapes[] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r', ['"'] = '"', ['\\'] = '\\'};
    buffer_append_byte(&w->out, '"');
    size_t plain = 0;
    for (size_t i = 0; i <= text.size; i++) {
        uint8_t c = i < text.size ? text.at[i] : 0;
        if (i < text.size && c >= 0x20 && c != '"' && c != '\\')
            continue;
        buffer_append(&w->out, span_from(text.at + plain, i - plain));
        plain = i + 1;
        if (i == text.size)
            break;
        if (c < sizeof short_escapes && short_escapes[c] != 0) {
            buffer_append_byte(&w->out, '\\');
            buffer_append_byte(&w->out, (uint8_t)short_escapes[c]);
        } else {
            buffer_printf(&w->out, "\\u%04x", c);
        }
    }
    buffer_append_byte(&w->out, '"');
}

void json_key(json_writer_t *w, const char *key)
{
    if (w->failed)
        return;
    if (w->depth == 0 || !w->level[w->depth - 1].is_object || w->level[w->depth - 1].awaits_value) {
        fail_writer(w, "a key where none may stand");
        return;
    }
    size_t length = strlen(key);
    if (length == 0 || length >= JSON_KEY)
        fail_writer(w, "a key that is empty or too long");
    for (size_t i = 0; i < length; i++)
        if ((uint8_t)key[i] < 0x20 || (uint8_t)key[i] > 0x7E)
            fail_writer(w, "a key that is not ASCII");
    if (w->level[w->depth - 1].has_members && strcmp(w->level[w->depth - 1].last_key, key) >= 0)
        fail_writer(w, "keys out of order");
    if (w->failed)
        return;
    if (w->level[w->depth - 1].has_members)
        buffer_append_byte(&w->out, ',');
    memcpy(w->level[w->depth - 1].last_key, key, length + 1);
    w->level[w->depth - 1].has_members = w->level[w->depth - 1].awaits_value = true;
    write_string(w, span_from(key, length));
    buffer_append_byte(&w->out, ':');
}

void json_put_span(json_writer_t *w, span_t text)
{
    if (!begin_value(w))
        return;
    if (!utf8_valid(text))
        fail_writer(w, "a string that is not UTF-8");
    else
        write_string(w, text);
}

void json_put_text(json_writer_t *w, const char *text)
{
    if (text == NULL)
        json_put_null(w);
    else
        json_put_span(w, span_from_text(text));
}

void json_put_integer(json_writer_t *w, uint64_t value)
{
    if (!begin_value(w))
        return;
    if (value > JSON_INTEGER_MAX)
        fail_writer(w, "an integer above 2^53-1");
    else
        buffer_printf(&w->out, "%" PRIu64, value);
}

void json_put_signed(json_writer_t *w, int64_t value)
{
    if (value >= 0) {
        json_put_integer(w, (uint64_t)value);
        return;
    }
    if (!begin_value(w))
        return;
    if (value < -(int64_t)JSON_INTEGER_MAX)
        fail_writer(w, "an integer below -(2^53-1)");
    else
        buffer_printf(&w->out, "%" PRId64, value);
}

void json_put_bool(json_writer_t *w, bool value)
{
    if (begin_value(w))
        buffer_append_text(&w->out, value ? "true" : "false");
}

void json_put_hundredths(json_writer_t *w, unsigned value)
{
    if (!begin_value(w))
        return;
    buffer_printf(&w->out, "%u", value / 100);
    if (value % 100 != 0)
        buffer_printf(&w->out, value % 10 != 0 ? ".%02u" : ".%u", value % 10 != 0 ? value % 100 : value % 100 / 10);
}

void json_put_null(json_writer_t *w)
{
    if (begin_value(w))
        buffer_append_text(&w->out, "null");
}

void json_member_text(json_writer_t *w, const char *key, const char *text)
{
    json_key(w, key);
    json_put_text(w, text);
}

void json_member_text_if(json_writer_t *w, const char *key, const char *text)
{
    if (text != NULL && text[0] != '\0')
        json_member_text(w, key, text);
}

void json_member_integer(json_writer_t *w, const char *key, uint64_t value)
{
    json_key(w, key);
    json_put_integer(w, value);
}

void json_member_bool(json_writer_t *w, const char *key, bool value)
{
    json_key(w, key);
    json_put_bool(w, value);
}

status_t json_finish(json_writer_t *w)
{
    if (w->out.failed)
        return status_fail(STATUS_MEMORY, "json", 0, "out of memory while writing JSON");
    if (w->failed)
        return status_fail(STATUS_INVALID, "json", w->out.size, w->why);
    return w->depth == 0 ? ok() : status_fail(STATUS_INVALID, "json", w->out.size, "not everything that was opened is closed");
}

void json_free(json_writer_t *w) { buffer_free(&w->out); }
