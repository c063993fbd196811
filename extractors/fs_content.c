#include "extractors/fs_content.h"

#define BEHIND_THE_END "data blocks lie behind the end of the image: the content is cut there"

void fs_content_begin(fs_content_t *c, child_t *child, span_t image, uint64_t size)
{
    *c = (fs_content_t){.child = child, .image = image, .size = size};
}

bool fs_content_full(const fs_content_t *c) { return c->stopped || !status_ok(c->status) || c->done == c->size; }

static void tell_loss(fs_content_t *c)
{
    if (c->lost_what != NULL)
        child_damage(c->child, c->lost_at, c->lost_length, c->lost_what);
    c->lost_what   = NULL;
    c->lost_length = 0;
}

/* Zeros for a hole or a loss that something follows. One content may take at most a quarter of what is still allowed, so that one
 * invented size does not keep the rest of the image from being opened. */
static bool pay(fs_content_t *c)
{
    uint64_t owed = c->owed;
    c->owed       = 0;
    if (owed == 0)
        return true;
    if (child_cost_of_zeros(c->child, owed) > child_room(c->child) / 4) {
        c->stopped = true;
        child_limit(c->child, "ratio", "a hole out of proportion to the image: the content was not written from there on");
        return false;
    }
    c->started = true;
    c->status  = child_write_zeros(c->child, owed);
    return status_ok(c->status);
}

static void hand_on_run(fs_content_t *c)
{
    uint64_t length = c->run_length;
    c->run_length   = 0;
    if (length == 0 || c->stopped || !status_ok(c->status))
        return;
    c->started = true;
    c->status  = child_write(c->child, span_sub(c->image, c->run_at, length), c->run_at, length);
}

/* The part of a piece that belongs to the content; counts it. 0: none. */
static uint64_t take(fs_content_t *c, uint64_t length)
{
    if (fs_content_full(c))
        return 0;
    length = min_u64(length, c->size - c->done);
    c->done += length;
    return length;
}

void fs_content_run(fs_content_t *c, uint64_t at, uint64_t length)
{
    length           = take(c, length);
    uint64_t present = span_clip(c->image, at, length).size;
    if (present > 0 && (c->run_length == 0 || c->owed > 0 || c->run_at + c->run_length != at)) {
        hand_on_run(c);
        if (!pay(c))
            return;
        c->run_at = at;
    }
    c->run_length += present;
    if (present < length) {
        c->done -= length - present;
        fs_content_lost(c, min_u64(at, c->image.size), 0, length - present, BEHIND_THE_END);
    }
}

void fs_content_hole(fs_content_t *c, uint64_t length)
{
    length = take(c, length);
    if (length == 0)
        return;
    hand_on_run(c);
    c->owed += length;
}

void fs_content_decoded(fs_content_t *c, span_t bytes, uint64_t from_offset, uint64_t from_length)
{
    bytes = span_clip(bytes, 0, take(c, bytes.size));
    if (bytes.size == 0)
        return;
    hand_on_run(c);
    if (!status_ok(c->status) || !pay(c))
        return;
    c->started = true;
    c->status  = child_write(c->child, bytes, from_offset, from_length);
}

void fs_content_lost(fs_content_t *c, uint64_t at, uint64_t length, uint64_t bytes, const char *what)
{
    bytes = take(c, bytes);
    if (bytes == 0)
        return;
    hand_on_run(c);
    if (c->lost_what != what || c->lost_at + c->lost_length != at)
        tell_loss(c);
    if (c->lost_what == NULL)
        c->lost_at = at;
    c->lost_what = what;
    c->lost_length += length;
    c->owed += bytes;
}

static status_t finish(fs_content_t *c)
{
    bool lost = c->lost_what != NULL;
    tell_loss(c);
    if (!c->stopped && status_ok(c->status) && !c->started && c->owed == 0 && c->run_length == c->size && c->size > 0)
        child_range(c->child, c->run_at, c->run_length);
    else
        hand_on_run(c);
    /* Lost bytes at the end are not made up. */
    if (!lost && !c->stopped && status_ok(c->status))
        (void)pay(c);
    return c->status;
}

status_t fs_content_end(fs_content_t *c)
{
    if (c->lost_what == NULL)
        fs_content_hole(c, c->size - c->done);
    return finish(c);
}

status_t fs_content_end_lost(fs_content_t *c, uint64_t at, const char *what)
{
    fs_content_lost(c, at, 0, c->size - c->done, what);
    return finish(c);
}
