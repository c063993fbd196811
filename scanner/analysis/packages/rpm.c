/* rpm's packages and its three databases of headers.
 * Package: a lead of 96 bytes, a signature header, padding to 8 bytes, the header; each header begins with 8E AD E8 01 and 4 bytes of zero.
 * Berkeley DB ("Packages", magic 0x061561 in its first page): hash pages (types 2 and 13) of item offsets; a value is a chain of overflow pages
 * (type 7). Source: db.h, db_page.h of Berkeley DB 5.3.
 * ndb ("Packages.db", "RpmP"): pages of 16-byte slots "Slot", package, block, blocks; at 16 × block "BlbS", package, generation, length, header.
 * Source: rpm, lib/backend/ndb/rpmpkg.c.
 * SQLite ("rpmdb.sqlite"): table Packages(hnum, blob); a value goes on in a chain of overflow pages. Source: sqlite.org/fileformat2.html. */
#include "analysis/packages/reader.h"
#include "analysis/packages/rpm_header.h"

enum {
    LEAD = 96, MAGIC = 8, HEADER_MAX = 64 << 20, PIECES_MAX = 1 << 16,
    BDB_PAGE_HEADER = 26, BDB_HASH_OLD = 2, BDB_OVERFLOW = 7, BDB_HASH = 13, BDB_OFFPAGE = 3, BDB_INLINE = 1,
    NDB_PAGE = 4096, NDB_SLOT = 16, NDB_BLOCK = 16, SQL_INTERIOR = 5, SQL_LEAF = 13, COLUMNS_MAX = 16
};

/* A value that is put together from pages. Its bytes are copied once; the pieces remember where they stood. */
typedef struct { uint8_t *at; uint64_t size, filled; rpm_piece_t *pieces; size_t count, capacity; } value_t;

static bool value_begin(package_scan_t *scan, value_t *v, uint64_t size, uint64_t page)
{
    if (size == 0 || size > HEADER_MAX || size > scan->blob.size)
        return false;
    *v = (value_t){.size = size, .capacity = (size_t)(size / (page / 2) + 2)};
    v->at     = v->capacity <= PIECES_MAX ? arena_alloc(scan->arena, (size_t)size) : NULL;
    v->pieces = v->at != NULL ? arena_array(scan->arena, v->capacity, sizeof *v->pieces) : NULL;
    return v->pieces != NULL;
}

static bool value_add(value_t *v, span_t bytes)
{
    bytes = span_clip(bytes, 0, v->size - v->filled);
    if (bytes.size == 0 || v->count == v->capacity)
        return false;
    memcpy(v->at + v->filled, bytes.at, bytes.size);
    v->pieces[v->count++] = (rpm_piece_t){v->filled, bytes};
    v->filled += bytes.size;
    return true;
}

static bool value_say(package_scan_t *scan, const value_t *v) { return v->count > 0 &&
                                                               rpm_say_header(scan, span_from(v->at, (size_t)v->filled), v->pieces, v->count); }

/* ---- a package --------------------------------------------------------------------------------------------------------- */

bool rpm_package_is(span_t blob) { return text_begins(blob, "\xED\xAB\xEE\xDB") && span_has_text_at(blob, LEAD, "\x8E\xAD\xE8\x01"); }

void rpm_package_read(package_scan_t *scan)
{
    reader_t r       = reader_at(scan->blob, LEAD + MAGIC);
    uint32_t entries = read_be32(&r), size = read_be32(&r);
    uint64_t at      = round_up(LEAD + MAGIC + 8 + (uint64_t)entries * 16 + size, 8);
    span_t   header  = span_from_offset(scan->blob, at);
    if (reader_ok(&r) && text_begins(header, "\x8E\xAD\xE8\x01") && header.size > MAGIC) {
        header = span_from_offset(header, MAGIC);
        if (rpm_say_header(scan, header, &(rpm_piece_t){0, header}, 1))
            return;
    }
    say_damage(scan, scan->blob.at + LEAD, "the header of the package cannot be read");
}

/* ---- Berkeley DB ------------------------------------------------------------------------------------------------------- */

typedef struct { bool big; uint32_t page; } bdb_t;

static uint64_t bdb_word(const bdb_t *db, span_t blob, uint64_t at, unsigned bytes)
{
    reader_t r = reader_at(blob, at);
    return db->big ? read_be(&r, bytes) : read_le(&r, bytes);
}

static bool bdb_open(span_t blob, bdb_t *db)
{
    static const uint8_t little[] = {0x61, 0x15, 0x06, 0x00}, big[] = {0x00, 0x06, 0x15, 0x61};
    span_t               magic    = span_sub(blob, 12, 4);
    db->big  = span_equal(magic, span_from(big, 4));
    db->page = (uint32_t)bdb_word(db, blob, 20, 4);
    return (db->big || span_equal(magic, span_from(little, 4))) && db->page >= 512 && db->page <= 65536 && (db->page & (db->page - 1)) == 0;
}

bool rpm_bdb_is(span_t blob)
{
    bdb_t db;
    return blob.size >= 512 && bdb_open(blob, &db);
}

/* The value in the chain of overflow pages that begins at `page`; a chain is at most as long as its pages could be. */
static bool bdb_value(package_scan_t *scan, const bdb_t *db, uint64_t page, uint64_t size, value_t *v)
{
    if (!value_begin(scan, v, size, db->page))
        return false;
    while (v->filled < v->size && page != 0) {
        uint64_t at   = page * db->page, held = bdb_word(db, scan->blob, at + 22, 2);
        span_t   data = span_sub(scan->blob, at + BDB_PAGE_HEADER, min_u64(held, db->page - BDB_PAGE_HEADER));
        if (bdb_word(db, scan->blob, at + 25, 1) != BDB_OVERFLOW || !value_add(v, data))
            return false;
        page = bdb_word(db, scan->blob, at + 16, 4);
    }
    return v->filled == v->size;
}

/* Items come in pairs, key and value. */
static bool bdb_page(package_scan_t *scan, const bdb_t *db, uint64_t at)
{
    uint64_t items = bdb_word(db, scan->blob, at + 20, 2);
    bool     good  = true;
    for (uint64_t i = 1; i < items && BDB_PAGE_HEADER + 2 * i + 2 <= db->page && !scan->full; i += 2) {
        uint64_t item = at + bdb_word(db, scan->blob, at + BDB_PAGE_HEADER + 2 * i, 2);
        uint64_t kind = bdb_word(db, scan->blob, item, 1);
        value_t  v;
        if (kind != BDB_OFFPAGE)
            continue; /* the counter of the last package is inline; a header never fits */
        bool whole = bdb_value(scan, db, bdb_word(db, scan->blob, item + 4, 4), bdb_word(db, scan->blob, item + 8, 4), &v);
        good       = whole && value_say(scan, &v) && good;
    }
    return good;
}

void rpm_bdb_read(package_scan_t *scan)
{
    bdb_t          db;
    const uint8_t *broken = NULL;
    if (!bdb_open(scan->blob, &db))
        return;
    for (uint64_t at = db.page; at + db.page <= scan->blob.size && !scan->full; at += db.page) {
        uint64_t type = bdb_word(&db, scan->blob, at + 25, 1);
        if ((type == BDB_HASH || type == BDB_HASH_OLD) && !bdb_page(scan, &db, at) && broken == NULL)
            broken = scan->blob.at + at;
    }
    if (broken == NULL && (bdb_word(&db, scan->blob, 32, 4) + 1) * db.page > scan->blob.size)
        broken = scan->blob.at + scan->blob.size;
    if (broken != NULL && scan->packages > 0) /* else it is somebody else's database */
        say_damage(scan, broken, "headers of packages in the database cannot be read");
}

/* ---- ndb --------------------------------------------------------------------------------------------------------------- */

bool rpm_ndb_is(span_t blob) { return text_begins(blob, "RpmP") && blob.size >= NDB_PAGE; }

void rpm_ndb_read(package_scan_t *scan)
{
    reader_t       head  = reader_at(scan->blob, 12);
    uint64_t       pages = read_le32(&head), slots = min_u64(pages * NDB_PAGE, scan->blob.size) / NDB_SLOT;
    const uint8_t *broken = pages * NDB_PAGE > scan->blob.size ? scan->blob.at + scan->blob.size : NULL;
    for (uint64_t i = 2; i < slots && !scan->full; i++) {
        reader_t slot = reader_at(scan->blob, i * NDB_SLOT);
        if (!span_equal(read_span(&slot, 4), span_from_text("Slot")))
            continue;
        uint32_t package = read_le32(&slot), block = read_le32(&slot);
        if (package == 0 || block == 0)
            continue;
        reader_t blob   = reader_at(scan->blob, (uint64_t)block * NDB_BLOCK);
        bool     begins = span_equal(read_span(&blob, 4), span_from_text("BlbS")) && read_le32(&blob) == package;
        reader_skip(&blob, 4);
        uint32_t size   = read_le32(&blob);
        span_t   header = read_span(&blob, size);
        if ((!begins || header.at == NULL || !rpm_say_header(scan, header, &(rpm_piece_t){0, header}, 1)) && broken == NULL)
            broken = scan->blob.at + i * NDB_SLOT;
    }
    if (broken != NULL)
        say_damage(scan, broken, "headers of packages in the database cannot be read");
}

/* ---- SQLite ------------------------------------------------------------------------------------------------------------ */

typedef struct { package_scan_t *scan; uint64_t page, usable, pages; uint8_t *met; uint32_t *stack; size_t waiting; bool broken; } sql_t;

bool rpm_sqlite_is(span_t blob) { return blob.size >= 512 && memcmp(blob.at, "SQLite format 3", 16) == 0 &&
                                 text_holds(span_clip(blob, 0, 65536), "Packages") && text_holds(span_clip(blob, 0, 65536), "hnum"); }

/* 1 to 9 bytes, 7 bits each, the highest first; the ninth has 8. */
static uint64_t sql_varint(reader_t *r)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < 9; i++) {
        uint8_t byte = read_u8(r);
        value        = i == 8 ? value << 8 | byte : value << 7 | (byte & 0x7F);
        if (i == 8 || byte < 0x80)
            break;
    }
    return value;
}

/* The payload of a leaf's cell ("Cell payload overflow pages"). */
static bool sql_payload(sql_t *sql, uint64_t at, value_t *v)
{
    reader_t r    = reader_at(sql->scan->blob, at);
    uint64_t size = sql_varint(&r);
    (void)sql_varint(&r);
    if (!reader_ok(&r) || !value_begin(sql->scan, v, size, sql->usable))
        return false;
    uint64_t least = (sql->usable - 12) * 32 / 255 - 23, most = sql->usable - 35, local = size;
    if (size > most) {
        local = least + (size - least) % (sql->usable - 4);
        local = local > most ? least : local;
    }
    if (!value_add(v, read_span(&r, local)))
        return false;
    uint64_t next = v->filled < v->size ? read_be32(&r) : 0;
    while (v->filled < v->size && next != 0) {
        uint64_t start = (next - 1) * sql->page;
        reader_t o     = reader_at(sql->scan->blob, start);
        next           = read_be32(&o);
        if (!value_add(v, span_sub(sql->scan->blob, start + 4, min_u64(sql->usable - 4, v->size - v->filled))))
            return false;
    }
    return v->filled == v->size;
}

/* The column `index` of a record ("Record format"): what it is, and where. */
static span_t sql_column(const value_t *v, unsigned index, uint64_t *type)
{
    span_t   record = span_from(v->at, (size_t)v->filled);
    reader_t r      = reader_from(record);
    uint64_t body   = sql_varint(&r);
    for (unsigned i = 0; reader_ok(&r) && r.pos < body; i++) {
        static const uint8_t sizes[] = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0};
        uint64_t             kind    = sql_varint(&r), size = kind < 12 ? sizes[kind] : (kind - 12) / 2;
        if (i == index) {
            *type = kind;
            return span_sub(record, body, size);
        }
        if (size > record.size || i > COLUMNS_MAX)
            break;
        body += size;
    }
    return (span_t){NULL, 0};
}

static void sql_say_package(sql_t *sql, const value_t *v)
{
    uint64_t type;
    span_t   header = sql_column(v, 1, &type);
    if (header.at == NULL) {
        sql->broken = true;
        return;
    }
    /* The header begins inside the record: its pieces begin there as well. */
    uint64_t     skip   = (uint64_t)(header.at - v->at);
    rpm_piece_t *pieces = v->pieces;
    for (size_t i = 0; i < v->count; i++) {
        uint64_t cut = i == 0 ? min_u64(skip, pieces[0].at.size) : 0;
        pieces[i]    = (rpm_piece_t){pieces[i].logical + cut - skip, span_from_offset(pieces[i].at, cut)};
    }
    sql->broken = !rpm_say_header(sql->scan, header, pieces, v->count) || sql->broken;
}

/* Waits on the stack, unless it was there before: so a loop ends, and the stack never holds more than all pages. */
static void sql_push(sql_t *sql, uint64_t page)
{
    if (page == 0 || page > sql->pages)
        sql->broken = true;
    else if (sql->met[page - 1] == 0)
        sql->stack[sql->waiting++] = (uint32_t)page;
    if (page > 0 && page <= sql->pages)
        sql->met[page - 1] = 1;
}

/* The number in cell `index` of a page whose cells are listed at `cells`, as an interior page has it. */
static uint64_t sql_child(const sql_t *sql, uint64_t page_at, uint64_t cells, uint64_t index)
{
    reader_t c = reader_at(sql->scan->blob, cells + 2 * index);
    reader_t p = reader_at(sql->scan->blob, page_at + read_be16(&c));
    return read_be32(&p);
}

/* The root page of table Packages, when this row of the table of tables is about it; else 0. */
static uint64_t sql_root_in(const value_t *row)
{
    uint64_t kind;
    if (!text_is(sql_column(row, 0, &kind), "table") || !text_is(sql_column(row, 1, &kind), "Packages"))
        return 0;
    span_t   number = sql_column(row, 3, &kind);
    reader_t n      = reader_from(number);
    return kind == 9 ? 1 : read_be(&n, (unsigned)number.size);
}

static uint64_t sql_leaf(sql_t *sql, uint64_t page_at, uint64_t cells, uint16_t count, bool tables)
{
    uint64_t root = 0;
    for (uint64_t i = 0; i < count && root == 0 && !sql->scan->full; i++) {
        reader_t c = reader_at(sql->scan->blob, cells + 2 * i);
        value_t  row;
        if (!sql_payload(sql, page_at + read_be16(&c), &row))
            sql->broken = true;
        else if (tables)
            root = sql_root_in(&row);
        else
            sql_say_package(sql, &row);
    }
    return root;
}

/* The pages of a table, each once. For page 1, the table of tables: the root page of Packages; else 0. */
static uint64_t sql_walk(sql_t *sql, uint64_t first)
{
    uint64_t root = 0;
    sql->waiting  = 0;
    memset(sql->met, 0, (size_t)sql->pages);
    sql_push(sql, first);
    while (sql->waiting > 0 && root == 0 && !sql->scan->full) {
        uint64_t page = sql->stack[--sql->waiting], at = (page - 1) * sql->page, head = at + (page == 1 ? 100 : 0);
        reader_t r    = reader_at(sql->scan->blob, head);
        uint8_t  type = read_u8(&r);
        reader_skip(&r, 2);
        uint16_t count = read_be16(&r);
        reader_skip(&r, 3);
        if (type == SQL_INTERIOR) {
            sql_push(sql, read_be32(&r));
            for (uint64_t i = 0; i < count; i++)
                sql_push(sql, sql_child(sql, at, head + 12, i));
        } else if (type == SQL_LEAF) {
            root = sql_leaf(sql, at, head + 8, count, first == 1);
        } else {
            sql->broken = true;
        }
    }
    return root;
}

void rpm_sqlite_read(package_scan_t *scan)
{
    reader_t r    = reader_at(scan->blob, 16);
    uint64_t page = read_be16(&r);
    reader_skip(&r, 2);
    uint64_t spare = read_u8(&r);
    page           = page == 1 ? 65536 : page;
    if (page < 512 || (page & (page - 1)) != 0 || spare > page - 480) {
        say_damage(scan, scan->blob.at, "the database has no sound page size");
        return;
    }
    sql_t    sql  = {.scan = scan, .page = page, .usable = page - spare, .pages = (scan->blob.size + page - 1) / page};
    sql.met       = arena_alloc(scan->arena, (size_t)sql.pages);
    sql.stack     = arena_array(scan->arena, (size_t)sql.pages, sizeof *sql.stack);
    uint64_t root = sql.met != NULL && sql.stack != NULL ? sql_walk(&sql, 1) : 0;
    if (root > 1)
        (void)sql_walk(&sql, root);
    reader_t  n    = reader_at(scan->blob, 28);
    if (root <= 1 || sql.broken || (uint64_t)read_be32(&n) * page > scan->blob.size)
        say_damage(scan, scan->blob.at + (scan->blob.size > page ? page : 0), "headers of packages in the database cannot be read");
}
