#include "engine/collector.h"

#include "base/grow.h"
#include "base/texts.h"
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* What is mapped of the parent and of the packs, while the digests of children are taken. */
typedef struct { content_t of; mapping_t mapping; span_t bytes; } view_t;
typedef struct { view_t parent, pack; } views_t;

struct job {
    collector_t *collector;
    uint32_t     blob;
    bool         open, done;
    record_t    *records;
    size_t       count, capacity, mark; /* mark: records before it can no longer be taken back */
    uint32_t     children, marked_children;
    blob_child_t *adopted;              /* the first of the children, whose bytes have arrived and are digested */
    size_t       adopted_count, adopted_capacity;
    size_t       unadopted;             /* the record from which on children are still to be adopted */
    views_t      views;
    content_t   *packs;                 /* the stream of decoded bytes, in order */
    size_t       pack_count;
    uint64_t     stream;                /* its length */
};

struct collector {
    limits_t           limits;
    spool_t           *spool;
    arena_t           *arena;
    blob_t           **blobs;
    size_t             blob_count, blob_capacity;
    uint32_t          *table;    /* open addressing by SHA-256; blob index + 1 */
    size_t             table_size;
    uint32_t          *queue;
    size_t             queue_head, queue_tail, queue_capacity;
    collector_input_t *inputs;
    collector_root_t  *roots;
    size_t             input_count, root_count;
    uint64_t           produced; /* bytes of all children so far */
    texts_t            texts;
    const char        *stopped, *stopped_what;
    bool               keeps_contents, only_unpacks;
};

static const char collector_id[] = "collector";

static status_t out_of_memory(void) { return status_fail(STATUS_MEMORY, collector_id, 0, "out of memory while collecting results"); }

collector_t *collector_new(const limits_t *limits, spool_t *spool)
{
    collector_t *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    *c = (collector_t){.limits = *limits, .spool = spool, .arena = arena_new(SIZE_MAX), .table_size = 1024};
    c->texts.arena = c->arena;
    c->table       = calloc(c->table_size, sizeof *c->table);
    if (c->arena == NULL || c->table == NULL) {
        collector_free(c);
        return NULL;
    }
    return c;
}

void collector_free(collector_t *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->blob_count; i++) {
        store_release(c->blobs[i]->content.store);
        free(c->blobs[i]->regions);
        free(c->blobs[i]->children);
        free(c->blobs[i]->said);
        free(c->blobs[i]);
    }
    free(c->blobs);
    free(c->table);
    free(c->queue);
    free(c->inputs);
    free(c->roots);
    texts_free(&c->texts);
    arena_free(c->arena);
    free(c);
}

void          collector_keep_contents(collector_t *c) { c->keeps_contents = true; }
void          collector_only_unpack(collector_t *c) { c->only_unpacks = true; }
size_t        collector_blobs(const collector_t *c) { return c->blob_count; }
record_t *collector_said(collector_t *collector, uint32_t blob, size_t *count)
{
    *count = collector->blobs[blob]->said_count;
    return collector->blobs[blob]->said;
}

const blob_t *collector_blob(const collector_t *c, uint32_t blob) { return c->blobs[blob]; }
size_t        collector_queued(const collector_t *c) { return c->queue_tail - c->queue_head; }

size_t collector_inputs(const collector_t *c, const collector_input_t **inputs)
{
    *inputs = c->inputs;
    return c->input_count;
}

static const char *intern(collector_t *c, const char *text) { return text != NULL ? texts_keep(&c->texts, span_from_text(text)) : NULL; }

/* ---- records, copied out of their packet -------------------------------------------------------------------------- */

static bool copy_info(collector_t *c, child_info_t *info)
{
    xattr_t *xattrs = info->xattr_count > 0 ? arena_array(c->arena, info->xattr_count, sizeof *xattrs) : NULL;
    if (info->xattr_count > 0 && xattrs == NULL)
        return false;
    info->path = arena_copy(c->arena, info->path);
    info->link = info->link.size > 0 ? arena_copy(c->arena, info->link) : (span_t){NULL, 0};
    for (size_t i = 0; i < info->xattr_count; i++)
        xattrs[i] = (xattr_t){arena_copy(c->arena, info->xattrs[i].name), arena_copy(c->arena, info->xattrs[i].value)};
    info->xattrs = xattrs;
    return info->path.at != NULL;
}

static void copy_evidence(collector_t *c, evidence_t *evidence)
{
    evidence->method = intern(c, evidence->method);
    evidence->text   = arena_copy(c->arena, evidence->text);
}

static void copy_texts(collector_t *c, record_t *r)
{
    switch (r->type) {
    case RECORD_IDENTITY:
        r->identity.mime        = intern(c, r->identity.mime);
        r->identity.description = intern(c, r->identity.description);
        break;
    case RECORD_FACT:
        r->fact.key   = intern(c, r->fact.key);
        r->fact.value = intern(c, r->fact.value);
        break;
    case RECORD_FORMAT: r->format.format = intern(c, r->format.format); break;
    case RECORD_REGION: r->region.format = intern(c, r->region.format); break;
    case RECORD_DAMAGE:
        r->damage.format = intern(c, r->damage.format);
        r->damage.what   = intern(c, r->damage.what);
        break;
    case RECORD_LIMIT:
        r->limit.limit = intern(c, r->limit.limit);
        r->limit.what  = intern(c, r->limit.what);
        break;
    case RECORD_NOTE:
        r->note.format = intern(c, r->note.format);
        r->note.what   = intern(c, r->note.what);
        break;
    case RECORD_COMPONENT:
        r->component.name     = intern(c, r->component.name);
        r->component.version  = intern(c, r->component.version);
        r->component.supplier = intern(c, r->component.supplier);
        r->component.purl     = intern(c, r->component.purl);
        r->component.cpe      = intern(c, r->component.cpe);
        r->component.licence  = intern(c, r->component.licence);
        r->component.upstream = intern(c, r->component.upstream);
        r->component.subpath  = intern(c, r->component.subpath);
        copy_evidence(c, &r->component.evidence);
        break;
    case RECORD_RELATION:
        r->relation.from       = intern(c, r->relation.from);
        r->relation.to         = intern(c, r->relation.to);
        r->relation.constraint = intern(c, r->relation.constraint);
        copy_evidence(c, &r->relation.evidence);
        break;
    case RECORD_MARKER:
        r->marker.vendor = intern(c, r->marker.vendor);
        r->marker.marker = intern(c, r->marker.marker);
        copy_evidence(c, &r->marker.evidence);
        break;
    case RECORD_FINDING:
        r->finding.rule       = intern(c, r->finding.rule);
        r->finding.title      = intern(c, r->finding.title);
        r->finding.references = intern(c, r->finding.references);
        copy_evidence(c, &r->finding.evidence);
        break;
    case RECORD_CHILD:
    case RECORD_ROLLBACK:
    case RECORD_DONE: break;
    }
}

static bool append_record(record_t **records, size_t *count, size_t *capacity, const record_t *record)
{
    if (*count == *capacity) {
        size_t    more  = *capacity == 0 ? 16 : *capacity * 2;
        record_t *grown = realloc(*records, more * sizeof *grown);
        if (grown == NULL)
            return false;
        *records  = grown;
        *capacity = more;
    }
    (*records)[(*count)++] = *record;
    return true;
}

void collector_say(collector_t *c, uint32_t blob, const record_t *record)
{
    blob_t  *b        = c->blobs[blob];
    size_t   capacity = b->said_count; /* exact: rare */
    record_t copy     = *record;
    copy_texts(c, &copy);
    (void)append_record(&b->said, &b->said_count, &capacity, &copy);
}

/* ---- blobs ------------------------------------------------------------------------------------------------------- */

static size_t slot_of(const collector_t *c, const sha256_t *sha256)
{
    uint64_t hash;
    memcpy(&hash, sha256->bytes, sizeof hash);
    size_t at = hash & (c->table_size - 1);
    while (c->table[at] != 0 && !sha256_equal(&c->blobs[c->table[at] - 1]->sha256, sha256))
        at = (at + 1) & (c->table_size - 1);
    return at;
}

static bool grow_table(collector_t *c)
{
    uint32_t *old = c->table;
    c->table      = calloc(c->table_size * 2, sizeof *c->table);
    if (c->table == NULL) {
        c->table = old;
        return false;
    }
    c->table_size *= 2;
    for (size_t i = 0; i < c->blob_count; i++)
        c->table[slot_of(c, &c->blobs[i]->sha256)] = (uint32_t)i + 1;
    free(old);
    return true;
}

static bool enqueue(collector_t *c, uint32_t blob)
{
    if (c->queue_tail == c->queue_capacity) {
        size_t    capacity = c->queue_capacity == 0 ? 1024 : c->queue_capacity * 2;
        uint32_t *grown    = realloc(c->queue, capacity * sizeof *grown);
        if (grown == NULL)
            return false;
        c->queue          = grown;
        c->queue_capacity = capacity;
    }
    c->queue[c->queue_tail++] = blob;
    c->blobs[blob]->state     = BLOB_QUEUED;
    return true;
}

const content_t *collector_content(const collector_t *c, const sha256_t *sha256)
{
    uint32_t      index = c->table[slot_of(c, sha256)];
    const blob_t *blob  = index != 0 ? c->blobs[index - 1] : NULL;
    return blob != NULL && (blob->content.store != NULL || blob->content.length == 0) ? &blob->content : NULL;
}

/* A blob is done. One that was not opened because it lies too deep may still turn up in a less nested place: it stays. */
static void let_go(const collector_t *c, blob_t *blob)
{
    if (c->keeps_contents || blob->unopened)
        return;
    store_release(blob->content.store);
    blob->content.store = NULL;
}

/* A blob nobody looked into still has a ledger: all of it unknown. */
static void leave_unexamined(const collector_t *c, blob_t *blob)
{
    free(blob->regions); /* of an earlier job that was not to open it */
    blob->state        = BLOB_LOST;
    blob->regions      = malloc(sizeof *blob->regions);
    blob->region_count = 0;
    if (blob->regions != NULL && blob->content.length > 0)
        blob->regions[blob->region_count++] = (region_t){.length = blob->content.length, .kind = REGION_UNKNOWN, .child = NO_CHILD};
    let_go(c, blob);
}

/* A blob that is not to be opened and about which nothing else is asked needs no worker. */
static void pass_over(collector_t *c, uint32_t index)
{
    blob_t *blob = c->blobs[index];
    collector_say(c, index, &(record_t){.type = RECORD_LIMIT, .limit = {0, blob->content.length, "depth", LIMIT_DEPTH_TEXT}});
    blob->unopened = true;
    leave_unexamined(c, blob);
    blob->state = BLOB_DONE;
}

/* A blob was met at `depth`. Blobs are opened when their least nested appearance is above the limit, whatever order the workers
 * answer in: so a smaller depth is passed on to what lies inside. */
static bool reached(collector_t *c, uint32_t first, uint32_t depth)
{
    typedef struct { uint32_t blob, depth; } step_t;
    size_t  count = 1, capacity = 64;
    step_t *steps = malloc(capacity * sizeof *steps);
    bool    good  = steps != NULL;
    if (good)
        steps[0] = (step_t){first, depth};
    while (good && count > 0) {
        step_t  step = steps[--count];
        blob_t *blob = c->blobs[step.blob];
        if (blob->state != BLOB_NEW && step.depth >= blob->depth)
            continue;
        bool again  = blob->state == BLOB_DONE && blob->unopened && step.depth < c->limits.depth;
        blob->depth = step.depth;
        if (c->stopped != NULL && blob->state == BLOB_NEW) {
            collector_say(c, step.blob, &(record_t){.type = RECORD_LIMIT, .limit = {0, blob->content.length, c->stopped, c->stopped_what}});
            leave_unexamined(c, blob);
        } else if (c->stopped == NULL && blob->state == BLOB_NEW && c->only_unpacks && step.depth >= c->limits.depth && blob->content.length > 0) {
            pass_over(c, step.blob);
        } else if (c->stopped == NULL && (blob->state == BLOB_NEW || again)) {
            good = enqueue(c, step.blob);
        }
        for (uint32_t i = 0; good && i < blob->child_count; i++) {
            if (blob->children[i].blob == NO_BLOB)
                continue;
            if (count == capacity) {
                step_t *grown = realloc(steps, (capacity *= 2) * sizeof *steps);
                good          = grown != NULL;
                if (!good)
                    break;
                steps = grown;
            }
            steps[count++] = (step_t){blob->children[i].blob, step.depth + 1};
        }
    }
    free(steps);
    return good;
}

/* The blob with this digest, made when it is new: then it takes a count of the content's store. NO_BLOB when out of memory. */
static uint32_t blob_for(collector_t *c, const sha256_t *sha256, content_t content)
{
    if (c->blob_count * 2 >= c->table_size && !grow_table(c))
        return NO_BLOB;
    size_t slot = slot_of(c, sha256);
    if (c->table[slot] != 0)
        return c->table[slot] - 1;
    if (c->blob_count == c->blob_capacity) {
        size_t   capacity = c->blob_capacity == 0 ? 1024 : c->blob_capacity * 2;
        blob_t **grown    = realloc(c->blobs, capacity * sizeof *grown);
        if (grown == NULL)
            return NO_BLOB;
        c->blobs         = grown;
        c->blob_capacity = capacity;
    }
    blob_t *blob = calloc(1, sizeof *blob);
    if (blob == NULL)
        return NO_BLOB;
    *blob = (blob_t){.sha256 = *sha256, .content = content};
    if (content.store != NULL)
        store_keep(content.store);
    c->blobs[c->blob_count] = blob;
    c->table[slot]          = (uint32_t)++c->blob_count;
    return (uint32_t)c->blob_count - 1;
}

static status_t add_input(collector_t *c, const char *name, uint32_t blob, uint64_t length, const sha256_t *sha256, const sha512_t *sha512)
{
    const char        *kept  = arena_text(c->arena, span_from_text(name));
    collector_input_t *grown = kept != NULL ? realloc(c->inputs, (c->input_count + 1) * sizeof *grown) : NULL;
    if (grown == NULL)
        return out_of_memory();
    c->inputs                   = grown;
    c->inputs[c->input_count++] = (collector_input_t){kept, blob, length, *sha256, *sha512};
    return ok();
}

static status_t add_root(collector_t *c, const char *name, uint32_t blob, uint64_t length)
{
    const char       *kept  = arena_text(c->arena, span_from_text(name));
    collector_root_t *grown = kept != NULL ? realloc(c->roots, (c->root_count + 1) * sizeof *grown) : NULL;
    if (grown == NULL)
        return out_of_memory();
    c->roots                  = grown;
    c->roots[c->root_count++] = (collector_root_t){kept, blob, length};
    return reached(c, blob, 0) ? ok() : out_of_memory();
}

status_t collector_add_input(collector_t *c, const char *name, content_t content, const sha256_t *sha256, const sha512_t *sha512)
{
    uint32_t blob = blob_for(c, sha256, content);
    store_release(content.store);
    status_t status = blob != NO_BLOB ? add_input(c, name, blob, content.length, sha256, sha512) : out_of_memory();
    return status_ok(status) ? add_root(c, name, blob, content.length) : status;
}

status_t collector_add_segment(collector_t *c, const char *name, uint64_t length, const sha256_t *sha256, const sha512_t *sha512)
{
    return add_input(c, name, NO_BLOB, length, sha256, sha512);
}

size_t collector_roots(const collector_t *c, const collector_root_t **roots)
{
    *roots = c->roots;
    return c->root_count;
}

/* ---- jobs -------------------------------------------------------------------------------------------------------- */

job_t *collector_begin(collector_t *c, const store_t *store)
{
    if (c->stopped != NULL || c->queue_head == c->queue_tail || (store != NULL && c->blobs[c->queue[c->queue_head]]->content.store != store))
        return NULL;
    job_t *job = calloc(1, sizeof *job);
    if (job == NULL)
        return NULL;
    job->collector = c;
    job->blob      = c->queue[c->queue_head++];
    blob_t *blob   = c->blobs[job->blob];
    blob->state    = BLOB_RUNNING;
    blob->attempts++;
    job->open = blob->depth < c->limits.depth;
    if (c->queue_head == c->queue_tail)
        c->queue_head = c->queue_tail = 0;
    return job;
}

const content_t *job_content(const job_t *job) { return &job->collector->blobs[job->blob]->content; }
uint32_t         job_blob(const job_t *job) { return job->blob; }
bool             job_open(const job_t *job) { return job->open; }
bool             job_is_done(const job_t *job) { return job->done; }

static void job_free(job_t *job)
{
    content_unmap(&job->views.parent.mapping);
    content_unmap(&job->views.pack.mapping);
    for (size_t i = 0; i < job->pack_count; i++)
        store_release(job->packs[i].store);
    free(job->packs);
    free(job->records);
    free(job->adopted);
    free(job);
}

static status_t take_record(job_t *job, record_t *record)
{
    collector_t *c = job->collector;
    if (job->done)
        return status_fail(STATUS_PROTOCOL, collector_id, 0, "a record after the last one");
    switch (record->type) {
    case RECORD_DONE: job->done = true; return ok();
    case RECORD_ROLLBACK:
        job->count         = job->mark;
        job->children      = job->marked_children;
        job->adopted_count = (size_t)min_u64(job->adopted_count, job->children);
        job->unadopted     = (size_t)min_u64(job->unadopted, job->count);
        return ok();
    case RECORD_CHILD:
        if (record->child.index != job->children)
            return status_fail(STATUS_PROTOCOL, collector_id, 0, "children out of order");
        job->children++;
        if (!copy_info(c, &record->child.info))
            return out_of_memory();
        break;
    default: copy_texts(c, record); break;
    }
    if (!append_record(&job->records, &job->count, &job->capacity, record))
        return out_of_memory();
    if (record->type == RECORD_FORMAT) {
        job->mark            = job->count;
        job->marked_children = job->children;
    }
    return ok();
}

/* ---- believing a job --------------------------------------------------------------------------------------------- */

static status_t liar(const char *what) { return status_fail(STATUS_PROTOCOL, collector_id, 0, what); }

static bool inside(uint64_t offset, uint64_t length, uint64_t size) { return offset <= size && length <= size - offset; }

static status_t check_record(const job_t *job, const record_t *r, uint64_t size)
{
    switch (r->type) {
    case RECORD_CHILD:
        if (!inside(r->child.at_offset, r->child.at_length, size))
            return liar("a child outside its parent");
        if (r->child.source_kind == SOURCE_RANGE && !inside(r->child.source, r->child.size, size))
            return liar("a child's bytes outside its parent");
        if (r->child.source_kind == SOURCE_DECODED && !inside(r->child.source, r->child.size, job->stream))
            return liar("a child's bytes outside the decoded stream");
        if (r->child.source_kind == SOURCE_SAME && r->child.source >= r->child.index)
            return liar("a link to a later child");
        return ok();
    case RECORD_DAMAGE:
        if (r->damage.child != NO_CHILD && r->damage.child >= job->children)
            return liar("damage to a child that does not exist");
        return inside(r->damage.offset, r->damage.length, size) ? ok() : liar("damage outside the blob");
    case RECORD_LIMIT: return inside(r->limit.offset, r->limit.length, size) ? ok() : liar("a limit outside the blob");
    case RECORD_FORMAT: return inside(r->format.offset, r->format.length, size) ? ok() : liar("a format outside the blob");
    case RECORD_COMPONENT:
        return inside(r->component.evidence.offset, r->component.evidence.length, size) ? ok() : liar("evidence outside the blob");
    case RECORD_RELATION: return inside(r->relation.evidence.offset, r->relation.evidence.length, size) ? ok() : liar("evidence outside the blob");
    case RECORD_MARKER: return inside(r->marker.evidence.offset, r->marker.evidence.length, size) ? ok() : liar("evidence outside the blob");
    case RECORD_FINDING: return inside(r->finding.evidence.offset, r->finding.evidence.length, size) ? ok() : liar("evidence outside the blob");
    default: return ok();
    }
}

typedef struct { uint32_t children; size_t regions, said; uint64_t ranged; } tally_t;

static status_t check_job(const job_t *job, uint64_t size, region_t *regions, tally_t *tally)
{
    *tally = (tally_t){0};
    for (size_t i = 0; i < job->count; i++) {
        const record_t *r      = &job->records[i];
        status_t        status = check_record(job, r, size);
        if (!status_ok(status))
            return status;
        if (r->type == RECORD_CHILD) {
            tally->children++;
            if (r->child.source_kind == SOURCE_RANGE)
                tally->ranged += r->child.size;
        } else if (r->type == RECORD_REGION) {
            regions[tally->regions++] = r->region;
            if (r->region.child != NO_CHILD && r->region.child >= job->children)
                return liar("a region of a child that does not exist");
        } else if (r->type != RECORD_FORMAT && r->type != RECORD_IDENTITY) {
            tally->said++;
        }
    }
    const char *why;
    if (!ledger_valid(regions, tally->regions, size, &why))
        return liar(why);
    /* Ranges cost no memory but every byte of them is hashed and examined: overlapping ones are a bomb of their own. */
    if (tally->ranged > 8 * size + (1 << 20))
        return liar("children whose ranges overlap far too often");
    return ok();
}

/* The decoded bytes [start, start+length) of the job's stream as one content, joined when they lie in several packs. */
static status_t decoded_content(job_t *job, uint64_t start, uint64_t length, content_t *content)
{
    content_t *parts = calloc(job->pack_count + 1, sizeof *parts);
    size_t     count = 0;
    uint64_t   at    = 0;
    if (parts == NULL)
        return out_of_memory();
    for (size_t i = 0; i < job->pack_count && length > 0; at += job->packs[i++].length) {
        if (start >= at + job->packs[i].length)
            continue;
        uint64_t skip = start - at, take = min_u64(length, job->packs[i].length - skip);
        parts[count++] = (content_t){job->packs[i].store, job->packs[i].offset + skip, take};
        start += take;
        length -= take;
    }
    status_t status = ok();
    if (count == 1) {
        store_keep(parts[0].store);
        *content = parts[0];
    } else if (count > 1) {
        status = spool_join(job->collector->spool, parts, count, content);
    } else { /* no bytes at all, of a store that there is: a worker is handed its descriptor like any other */
        const content_t *whole = job_content(job);
        store_keep(whole->store);
        *content = (content_t){whole->store, whole->offset, 0};
    }
    free(parts);
    return status;
}

static status_t digest_of(const content_t *content, sha256_t *sha256)
{
    mapping_t mapping;
    span_t    bytes;
    if (content->length == 0)
        return sha256_of(span_from("", 0), sha256);
    status_t status = content_map(content, &mapping, &bytes);
    if (status_ok(status)) {
        status = sha256_of(bytes, sha256);
        content_unmap(&mapping);
    }
    return status;
}

status_t collector_join(collector_t *c, const char *name, content_t content)
{
    sha256_t sha256;
    status_t status = digest_of(&content, &sha256);
    uint32_t blob   = status_ok(status) ? blob_for(c, &sha256, content) : NO_BLOB;
    store_release(content.store);
    if (!status_ok(status))
        return status;
    for (size_t i = 0; i < c->input_count; i++)
        if (c->inputs[i].blob == NO_BLOB)
            c->inputs[i].blob = blob;
    return blob != NO_BLOB ? add_root(c, name, blob, content.length) : out_of_memory();
}

/* The digest of bytes that lie in `around`, which stays mapped for those that follow. */
static status_t digest_in(view_t *view, const content_t *around, const content_t *content, sha256_t *sha256)
{
    if (content->length == 0)
        return sha256_of(span_from("", 0), sha256);
    if (view->of.store != around->store || view->of.offset != around->offset || view->of.length != around->length) {
        content_unmap(&view->mapping);
        *view           = (view_t){.of = *around};
        status_t status = content_map(around, &view->mapping, &view->bytes);
        if (!status_ok(status)) {
            *view = (view_t){0};
            return status;
        }
    }
    return sha256_of(span_sub(view->bytes, content->offset - around->offset, content->length), sha256);
}

/* The pack that the content lies in, or the content itself where it was joined from several. */
static const content_t *pack_around(const job_t *job, const content_t *content)
{
    for (size_t i = 0; i < job->pack_count; i++) {
        const content_t *pack = &job->packs[i];
        if (pack->store == content->store && content->offset >= pack->offset && content->offset + content->length <= pack->offset + pack->length)
            return pack;
    }
    return content;
}

/* Makes the blob of one child; its bytes are hashed here, by the process that parses nothing. */
static status_t adopt_child(job_t *job, const record_t *r)
{
    collector_t  *c      = job->collector;
    blob_child_t  child  = {.blob = NO_BLOB, .at_offset = r->child.at_offset, .at_length = r->child.at_length};
    sha256_t      sha256;
    content_t     content = {0};
    status_t      status  = ok();
    child_info_t *info    = arena_alloc(c->arena, sizeof *info);
    if (info == NULL || !grow((void **)&job->adopted, job->adopted_count, &job->adopted_capacity, sizeof *job->adopted))
        return out_of_memory();
    *info      = r->child.info;
    child.info = info;
    switch (r->child.source_kind) {
    case SOURCE_NONE: break;
    case SOURCE_SAME: child.blob = job->adopted[r->child.source].blob; break;
    case SOURCE_RANGE: {
        const content_t *whole = job_content(job);
        content                = (content_t){whole->store, whole->offset + r->child.source, r->child.size};
        store_keep(content.store);
        status = digest_in(&job->views.parent, whole, &content, &sha256);
        break;
    }
    case SOURCE_DECODED:
        status = decoded_content(job, r->child.source, r->child.size, &content);
        if (status_ok(status))
            status = digest_in(&job->views.pack, pack_around(job, &content), &content, &sha256);
        break;
    }
    if (status_ok(status) && content.store != NULL) {
        c->produced += r->child.size;
        child.blob = blob_for(c, &sha256, content);
        if (child.blob == NO_BLOB || !reached(c, child.blob, c->blobs[job->blob]->depth + 1))
            status = out_of_memory();
    }
    store_release(content.store);
    if (status_ok(status))
        job->adopted[job->adopted_count++] = child;
    return status;
}

/* Children whose bytes have arrived are digested and queued while their parent is still being read. Should the parent be taken
 * back or its worker be lost, they stay blobs of their own that nothing refers to, and no report shows them. */
static status_t adopt_children(job_t *job)
{
    uint64_t size   = job_content(job)->length;
    status_t status = ok();
    for (; status_ok(status) && job->unadopted < job->count; job->unadopted++) {
        const record_t *r = &job->records[job->unadopted];
        if (r->type != RECORD_CHILD)
            continue;
        if (r->child.source_kind == SOURCE_DECODED && !inside(r->child.source, r->child.size, job->stream) && !job->done)
            break;
        status = check_record(job, r, size);
        if (status_ok(status))
            status = adopt_child(job, r);
        if (!status_ok(status))
            break;
    }
    return status;
}

status_t job_take_records(job_t *job, reader_t *payload)
{
    xattr_t xattrs[XATTRS_MAX];
    while (reader_left(payload) > 0 && !job->done) {
        record_t record;
        status_t status = wire_get(payload, &record, xattrs);
        if (status_ok(status))
            status = take_record(job, &record);
        if (!status_ok(status))
            return status;
    }
    return adopt_children(job);
}

status_t job_take_pack(job_t *job, int fd, uint64_t length)
{
    content_t *grown = realloc(job->packs, (job->pack_count + 1) * sizeof *grown);
    if (grown == NULL) {
        (void)close(fd);
        return out_of_memory();
    }
    job->packs      = grown;
    status_t status = spool_adopt(job->collector->spool, fd, length, &job->packs[job->pack_count]);
    if (!status_ok(status))
        return status;
    job->pack_count++;
    job->stream += length;
    return adopt_children(job);
}

static void forget_results(blob_t *blob)
{
    free(blob->regions);
    free(blob->children);
    free(blob->said);
    blob->regions  = NULL;
    blob->children = NULL;
    blob->said     = NULL;
    blob->said_count = blob->region_count = blob->child_count = 0;
}

static status_t keep_results(job_t *job, blob_t *blob, const tally_t *tally)
{
    size_t was = blob->said_count; /* a lost first attempt */
    if (tally->said > 0) {
        record_t *said = realloc(blob->said, (was + tally->said) * sizeof *said); /* exact: there are as many of these as there are blobs */
        if (said == NULL)
            return out_of_memory();
        blob->said = said;
    }
    blob->children    = job->adopted;
    blob->child_count = (uint32_t)job->adopted_count;
    job->adopted      = NULL;
    for (size_t i = 0; i < job->count; i++) {
        const record_t *r = &job->records[i];
        if (r->type == RECORD_IDENTITY) {
            blob->mime        = r->identity.mime;
            blob->description = r->identity.description;
        } else if (r->type == RECORD_FORMAT && r->format.offset == 0) {
            blob->format = r->format.format;
        } else if (r->type != RECORD_REGION && r->type != RECORD_FORMAT && r->type != RECORD_CHILD) {
            blob->said[blob->said_count++] = *r;
        }
    }
    for (size_t i = was; i < blob->said_count; i++)
        if (blob->said[i].type == RECORD_DAMAGE && blob->said[i].damage.child < blob->child_count)
            blob->children[blob->said[i].damage.child].damaged = true;
    /* What spoils a content spoils it under all its names. */
    for (size_t i = 0, child = 0; i < job->count; i++) {
        const record_t *r = &job->records[i];
        if (r->type != RECORD_CHILD)
            continue;
        if (r->child.source_kind == SOURCE_SAME && r->child.source < child && child < blob->child_count && blob->children[r->child.source].damaged)
            blob->children[child].damaged = true;
        child++;
    }
    return ok();
}

status_t collector_finish(collector_t *c, job_t *job)
{
    blob_t  *blob    = c->blobs[job->blob];
    uint64_t size    = blob->content.length;
    size_t   rows    = 0;
    tally_t  tally;
    for (size_t i = 0; i < job->count; i++)
        rows += job->records[i].type == RECORD_REGION;
    region_t *regions = calloc(rows > 0 ? rows : 1, sizeof *regions);
    if (regions == NULL)
        return out_of_memory();
    status_t status = check_job(job, size, regions, &tally);
    if (!status_ok(status)) {
        free(regions);
        return status;
    }
    if (blob->unopened)
        forget_results(blob);
    blob->regions      = regions;
    blob->region_count = tally.regions;
    status             = keep_results(job, blob, &tally);
    if (!status_ok(status)) {
        forget_results(blob);
        return status;
    }
    blob->state    = BLOB_DONE;
    blob->unopened = !job->open;
    for (uint32_t i = 0; i < blob->child_count; i++)
        if (blob->children[i].blob != NO_BLOB && !reached(c, blob->children[i].blob, blob->depth + 1))
            return out_of_memory();
    let_go(c, blob);
    job_free(job);
    if (c->produced > c->limits.output)
        collector_stop(c, "output", "more decoded data than the limit allows: this was not examined");
    return ok();
}

/* ---- what could not be done -------------------------------------------------------------------------------------- */

bool collector_lost(collector_t *c, job_t *job, const char *how)
{
    blob_t *blob  = c->blobs[job->blob];
    bool    again = blob->attempts < 2 && c->stopped == NULL;
    char    title[TEXT_SHORT_MAX];
    (void)snprintf(title, sizeof title, "The worker that examined this %s; %s", how, again ? "it was tried once more" : "it was left unexamined");
    collector_say(c, job->blob, &(record_t){.type = RECORD_FINDING, .finding = {
        .rule = "worker-crash", .title = title, .kind = FINDING_ANOMALY, .severity = again ? SEVERITY_MEDIUM : SEVERITY_HIGH,
        .evidence = {.offset = 0, .length = blob->content.length, .method = "worker-lost", .confidence = 100}}});
    uint32_t index = job->blob;
    job_free(job);
    if (again && enqueue(c, index))
        return true;
    leave_unexamined(c, blob);
    return false;
}

void collector_return(collector_t *c, job_t *job)
{
    uint32_t index = job->blob;
    blob_t  *blob  = c->blobs[index];
    blob->attempts--;
    job_free(job);
    if (c->stopped != NULL)
        collector_say(c, index, &(record_t){.type = RECORD_LIMIT, .limit = {0, blob->content.length, c->stopped, c->stopped_what}});
    if (c->stopped != NULL || !enqueue(c, index))
        leave_unexamined(c, blob);
}

void collector_stop(collector_t *c, const char *limit, const char *what)
{
    if (c->stopped != NULL)
        return;
    c->stopped      = intern(c, limit);
    c->stopped_what = intern(c, what);
    for (; c->queue_head < c->queue_tail; c->queue_head++) {
        uint32_t index = c->queue[c->queue_head];
        blob_t  *blob  = c->blobs[index];
        collector_say(c, index, &(record_t){.type = RECORD_LIMIT, .limit = {0, blob->content.length, limit, what}});
        if (!blob->unopened)
            leave_unexamined(c, blob);
        else
            blob->state = BLOB_DONE;
    }
}
