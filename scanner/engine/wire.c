#include "engine/wire.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static const char wire[] = "wire";

status_t packet_send(int socket, message_type_t type, span_t payload, const int *fds, size_t fd_count)
{
    uint8_t       kind    = (uint8_t)type;
    struct iovec  parts[] = {{&kind, 1}, {(void *)(uintptr_t)payload.at, payload.size}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = payload.size > 0 ? 2 : 1};
    union { struct cmsghdr align; char bytes[CMSG_SPACE(sizeof(int) * PACKET_FDS)]; } control = {0};
    if (payload.size >= PACKET_MAX || fd_count > PACKET_FDS)
        return status_fail(STATUS_PROTOCOL, wire, payload.size, "a packet that is too large");
    if (fd_count > 0) {
        message.msg_control    = control.bytes;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level     = SOL_SOCKET;
        header->cmsg_type      = SCM_RIGHTS;
        header->cmsg_len       = CMSG_LEN(sizeof(int) * fd_count);
        memcpy(CMSG_DATA(header), fds, sizeof(int) * fd_count);
    }
    ssize_t sent;
    do
        sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent >= 0 ? ok() : status_fail_io(wire, "could not send to another process of assay");
}

static void take_fds(struct msghdr *message, packet_t *packet)
{
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL; header = CMSG_NXTHDR(message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
            if (packet->fd_count < PACKET_FDS)
                packet->fds[packet->fd_count++] = fd;
            else
                (void)close(fd);
        }
    }
}

status_t packet_receive(int socket, uint8_t *buffer, packet_t *packet)
{
    struct iovec  part    = {buffer, PACKET_MAX};
    union { struct cmsghdr align; char bytes[CMSG_SPACE(sizeof(int) * PACKET_FDS)]; } control;
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    *packet               = (packet_t){0};
    ssize_t got;
    do
        got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return status_fail_io(wire, "could not receive from another process of assay");
    take_fds(&message, packet);
    if (got == 0)
        return status_fail(STATUS_IO, wire, 0, "another process of assay has gone");
    if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 || buffer[0] < MESSAGE_JOB || buffer[0] > MESSAGE_SIGNED) {
        packet_close_fds(packet);
        return status_fail(STATUS_PROTOCOL, wire, 0, "a packet that is no message");
    }
    packet->type    = (message_type_t)buffer[0];
    packet->payload = span_from(buffer + 1, (size_t)got - 1);
    return ok();
}

void packet_close_fds(packet_t *packet)
{
    for (size_t i = 0; i < packet->fd_count; i++)
        (void)close(packet->fds[i]);
    packet->fd_count = 0;
}

/* ---- fields ------------------------------------------------------------------------------------------------------ */

static void put_u8(buffer_t *out, unsigned value) { buffer_append_byte(out, (uint8_t)value); }
static void put_u32(buffer_t *out, uint32_t value) { buffer_append_le(out, value, 4); }
static void put_u64(buffer_t *out, uint64_t value) { buffer_append_le(out, value, 8); }

static void put_span(buffer_t *out, span_t bytes, size_t most)
{
    bytes = span_clip(bytes, 0, most);
    put_u32(out, (uint32_t)bytes.size);
    buffer_append(out, bytes);
}

static void put_text(buffer_t *out, const char *text, size_t most)
{
    size_t length = text != NULL ? strnlen(text, most - 1) : 0;
    put_u32(out, text != NULL ? (uint32_t)length + 1 : 0);
    if (text == NULL)
        return;
    buffer_append(out, span_from(text, length));
    buffer_append_byte(out, 0);
}

void wire_put_text(buffer_t *out, const char *text) { put_text(out, text, TEXT_LONG_MAX); }

static bool get_span(reader_t *in, size_t most, span_t *bytes)
{
    uint32_t size = read_le32(in);
    *bytes        = size <= most ? read_span(in, size) : (span_t){NULL, 0};
    return reader_ok(in) && size <= most;
}

bool wire_get_text(reader_t *in, size_t most, const char **text)
{
    span_t bytes;
    *text = NULL;
    if (!get_span(in, most, &bytes))
        return false;
    if (bytes.size == 0)
        return true;
    if (memchr(bytes.at, 0, bytes.size) != bytes.at + bytes.size - 1)
        return false;
    *text = (const char *)bytes.at;
    return true;
}

static bool get_required(reader_t *in, size_t most, const char **text) { return wire_get_text(in, most, text) && *text != NULL; }

static bool get_u8(reader_t *in, unsigned most, unsigned *value)
{
    *value = read_u8(in);
    return reader_ok(in) && *value <= most;
}

static void put_evidence(buffer_t *out, const evidence_t *evidence)
{
    put_u64(out, evidence->offset);
    put_u64(out, evidence->length);
    put_text(out, evidence->method, TEXT_SHORT_MAX);
    put_span(out, evidence->text, TEXT_SHORT_MAX);
    put_u8(out, evidence->confidence);
}

static bool get_evidence(reader_t *in, evidence_t *evidence)
{
    unsigned confidence;
    evidence->offset = read_le64(in);
    evidence->length = read_le64(in);
    if (!get_required(in, TEXT_SHORT_MAX, &evidence->method) || !get_span(in, TEXT_SHORT_MAX, &evidence->text) || !get_u8(in, 100, &confidence))
        return false;
    evidence->confidence = (uint8_t)confidence;
    return true;
}

/* ---- records ----------------------------------------------------------------------------------------------------- */

static void put_child(buffer_t *out, const record_t *record)
{
    const child_info_t *info = &record->child.info;
    put_u32(out, record->child.index);
    put_u8(out, info->type);
    put_u8(out, (unsigned)info->has_mode | (unsigned)info->has_owner << 1 | (unsigned)info->has_mtime << 2);
    put_u32(out, info->mode);
    put_u32(out, info->uid);
    put_u32(out, info->gid);
    put_u64(out, (uint64_t)info->mtime);
    put_u32(out, info->device_major);
    put_u32(out, info->device_minor);
    put_u8(out, record->child.source_kind);
    put_u64(out, record->child.source);
    put_u64(out, record->child.size);
    put_u64(out, record->child.at_offset);
    put_u64(out, record->child.at_length);
    put_span(out, info->path, PATH_BYTES_MAX);
    put_span(out, info->link, TEXT_LONG_MAX);
    size_t count_at = out->size, room = 20000; /* of a packet, for extended attributes */
    put_u8(out, 0);
    for (size_t i = 0; i < info->xattr_count && i < XATTRS_MAX; i++) {
        size_t need = min_u64(info->xattrs[i].name.size, TEXT_SHORT_MAX) + min_u64(info->xattrs[i].value.size, TEXT_LONG_MAX) + 8;
        if (need > room)
            break;
        room -= need;
        put_span(out, info->xattrs[i].name, TEXT_SHORT_MAX);
        put_span(out, info->xattrs[i].value, TEXT_LONG_MAX);
        if (!out->failed)
            out->at[count_at]++;
    }
}

static bool get_child(reader_t *in, record_t *record, xattr_t *xattrs)
{
    child_info_t *info = &record->child.info;
    unsigned      type, flags, source, count;
    record->child.index = read_le32(in);
    if (!get_u8(in, CHILD_PAYLOAD, &type) || !get_u8(in, 7, &flags))
        return false;
    info->type         = (child_type_t)type;
    info->has_mode     = (flags & 1) != 0;
    info->has_owner    = (flags & 2) != 0;
    info->has_mtime    = (flags & 4) != 0;
    info->mode         = read_le32(in);
    info->uid          = read_le32(in);
    info->gid          = read_le32(in);
    info->mtime        = (int64_t)read_le64(in);
    info->device_major = read_le32(in);
    info->device_minor = read_le32(in);
    if (info->mode > 07777 || !get_u8(in, SOURCE_SAME, &source))
        return false;
    record->child.source_kind = (child_source_t)source;
    record->child.source      = read_le64(in);
    record->child.size        = read_le64(in);
    record->child.at_offset   = read_le64(in);
    record->child.at_length   = read_le64(in);
    if (!get_span(in, PATH_BYTES_MAX, &info->path) || !get_span(in, TEXT_LONG_MAX, &info->link) || !get_u8(in, XATTRS_MAX, &count))
        return false;
    for (unsigned i = 0; i < count; i++)
        if (!get_span(in, TEXT_SHORT_MAX, &xattrs[i].name) || !get_span(in, TEXT_LONG_MAX, &xattrs[i].value))
            return false;
    info->xattrs      = xattrs;
    info->xattr_count = count;
    return true;
}

static void put_fields(buffer_t *out, const record_t *r)
{
    switch (r->type) {
    case RECORD_IDENTITY:
        put_text(out, r->identity.mime, TEXT_SHORT_MAX);
        put_text(out, r->identity.description, TEXT_SHORT_MAX);
        break;
    case RECORD_FACT:
        put_text(out, r->fact.key, TEXT_SHORT_MAX);
        put_text(out, r->fact.value, TEXT_LONG_MAX);
        break;
    case RECORD_FORMAT:
        put_text(out, r->format.format, TEXT_SHORT_MAX);
        put_u64(out, r->format.offset);
        put_u64(out, r->format.length);
        put_u32(out, r->format.bits);
        break;
    case RECORD_REGION:
        put_u64(out, r->region.offset);
        put_u64(out, r->region.length);
        put_u8(out, r->region.kind);
        put_text(out, r->region.format, TEXT_SHORT_MAX);
        put_u32(out, r->region.child);
        put_u8(out, r->region.class);
        buffer_append_le(out, r->region.entropy, 2);
        break;
    case RECORD_CHILD: put_child(out, r); break;
    case RECORD_DAMAGE:
        put_u64(out, r->damage.offset);
        put_u64(out, r->damage.length);
        put_text(out, r->damage.format, TEXT_SHORT_MAX);
        put_text(out, r->damage.what, TEXT_SHORT_MAX);
        put_u32(out, r->damage.child);
        break;
    case RECORD_LIMIT:
        put_u64(out, r->limit.offset);
        put_u64(out, r->limit.length);
        put_text(out, r->limit.limit, TEXT_SHORT_MAX);
        put_text(out, r->limit.what, TEXT_SHORT_MAX);
        break;
    case RECORD_NOTE:
        put_u64(out, r->note.offset);
        put_text(out, r->note.format, TEXT_SHORT_MAX);
        put_text(out, r->note.what, TEXT_SHORT_MAX);
        break;
    case RECORD_COMPONENT:
        put_text(out, r->component.name, TEXT_SHORT_MAX);
        put_text(out, r->component.version, TEXT_SHORT_MAX);
        put_text(out, r->component.supplier, TEXT_SHORT_MAX);
        put_text(out, r->component.purl, TEXT_LONG_MAX);
        put_text(out, r->component.cpe, TEXT_LONG_MAX);
        put_text(out, r->component.licence, TEXT_SHORT_MAX);
        put_evidence(out, &r->component.evidence);
        put_u8(out, r->component.scope);
        put_text(out, r->component.upstream, TEXT_SHORT_MAX);
        put_text(out, r->component.subpath, TEXT_LONG_MAX);
        break;
    case RECORD_RELATION:
        put_u8(out, r->relation.kind);
        put_text(out, r->relation.from, TEXT_LONG_MAX);
        put_text(out, r->relation.to, TEXT_LONG_MAX);
        put_text(out, r->relation.constraint, TEXT_SHORT_MAX);
        put_evidence(out, &r->relation.evidence);
        break;
    case RECORD_MARKER:
        put_text(out, r->marker.vendor, TEXT_SHORT_MAX);
        put_text(out, r->marker.marker, TEXT_SHORT_MAX);
        put_u8(out, r->marker.strength);
        put_evidence(out, &r->marker.evidence);
        break;
    case RECORD_FINDING:
        put_text(out, r->finding.rule, TEXT_SHORT_MAX);
        put_text(out, r->finding.title, TEXT_SHORT_MAX);
        put_text(out, r->finding.references, TEXT_LONG_MAX);
        put_u8(out, r->finding.kind);
        put_u8(out, r->finding.severity);
        put_evidence(out, &r->finding.evidence);
        break;
    case RECORD_ROLLBACK:
    case RECORD_DONE: break;
    }
}

void wire_put(buffer_t *out, const record_t *record)
{
    size_t start = out->size;
    put_u32(out, 0);
    put_u8(out, record->type);
    put_fields(out, record);
    if (out->failed)
        return;
    size_t length = out->size - start - 4;
    for (size_t i = 0; i < 4; i++)
        out->at[start + i] = (uint8_t)(length >> (8 * i));
}

static bool get_fields(reader_t *in, record_t *r, xattr_t *xattrs)
{
    unsigned a, b;
    switch (r->type) {
    case RECORD_IDENTITY: return wire_get_text(in, TEXT_SHORT_MAX, &r->identity.mime) && wire_get_text(in, TEXT_SHORT_MAX, &r->identity.description);
    case RECORD_FACT: return get_required(in, TEXT_SHORT_MAX, &r->fact.key) && get_required(in, TEXT_LONG_MAX, &r->fact.value);
    case RECORD_FORMAT:
        if (!get_required(in, TEXT_SHORT_MAX, &r->format.format))
            return false;
        r->format.offset = read_le64(in);
        r->format.length = read_le64(in);
        r->format.bits   = read_le32(in);
        return true;
    case RECORD_REGION:
        r->region.offset = read_le64(in);
        r->region.length = read_le64(in);
        if (!get_u8(in, REGION_UNKNOWN, &a) || !wire_get_text(in, TEXT_SHORT_MAX, &r->region.format))
            return false;
        r->region.kind  = (region_kind_t)a;
        r->region.child = read_le32(in);
        if (!get_u8(in, CLASS_SPARSE, &b))
            return false;
        r->region.class   = (region_class_t)b;
        r->region.entropy = read_le16(in);
        return r->region.entropy <= 8000;
    case RECORD_CHILD: return get_child(in, r, xattrs);
    case RECORD_DAMAGE:
        r->damage.offset = read_le64(in);
        r->damage.length = read_le64(in);
        if (!wire_get_text(in, TEXT_SHORT_MAX, &r->damage.format) || !get_required(in, TEXT_SHORT_MAX, &r->damage.what))
            return false;
        r->damage.child = read_le32(in);
        return true;
    case RECORD_LIMIT:
        r->limit.offset = read_le64(in);
        r->limit.length = read_le64(in);
        return get_required(in, TEXT_SHORT_MAX, &r->limit.limit) && get_required(in, TEXT_SHORT_MAX, &r->limit.what);
    case RECORD_NOTE:
        r->note.offset = read_le64(in);
        return wire_get_text(in, TEXT_SHORT_MAX, &r->note.format) && get_required(in, TEXT_SHORT_MAX, &r->note.what);
    case RECORD_COMPONENT:
        if (!get_required(in, TEXT_SHORT_MAX, &r->component.name) || !wire_get_text(in, TEXT_SHORT_MAX, &r->component.version) ||
            !wire_get_text(in, TEXT_SHORT_MAX, &r->component.supplier) || !wire_get_text(in, TEXT_LONG_MAX, &r->component.purl) ||
            !wire_get_text(in, TEXT_LONG_MAX, &r->component.cpe) || !wire_get_text(in, TEXT_SHORT_MAX, &r->component.licence) ||
            !get_evidence(in, &r->component.evidence) || !get_u8(in, SCOPE_DECLARED, &a))
            return false;
        r->component.scope = (component_scope_t)a;
        return wire_get_text(in, TEXT_SHORT_MAX, &r->component.upstream) && wire_get_text(in, TEXT_LONG_MAX, &r->component.subpath);
    case RECORD_RELATION:
        if (!get_u8(in, RELATION_LICENSED_AS, &a))
            return false;
        r->relation.kind = (relation_kind_t)a;
        return wire_get_text(in, TEXT_LONG_MAX, &r->relation.from) && get_required(in, TEXT_LONG_MAX, &r->relation.to) &&
               wire_get_text(in, TEXT_SHORT_MAX, &r->relation.constraint) && get_evidence(in, &r->relation.evidence);
    case RECORD_MARKER:
        if (!get_required(in, TEXT_SHORT_MAX, &r->marker.vendor) || !get_required(in, TEXT_SHORT_MAX, &r->marker.marker) ||
            !get_u8(in, STRENGTH_DEFINITIVE, &a))
            return false;
        r->marker.strength = (strength_t)a;
        return get_evidence(in, &r->marker.evidence);
    case RECORD_FINDING:
        if (!get_required(in, TEXT_SHORT_MAX, &r->finding.rule) || !get_required(in, TEXT_SHORT_MAX, &r->finding.title) ||
            !wire_get_text(in, TEXT_LONG_MAX, &r->finding.references) || !get_u8(in, FINDING_LIMIT, &a) || !get_u8(in, SEVERITY_CRITICAL, &b))
            return false;
        r->finding.kind     = (finding_kind_t)a;
        r->finding.severity = (severity_t)b;
        return get_evidence(in, &r->finding.evidence);
    case RECORD_ROLLBACK:
    case RECORD_DONE: return true;
    }
    return false;
}

status_t wire_get(reader_t *in, record_t *record, xattr_t *xattrs)
{
    size_t   at     = in->pos;
    uint32_t length = read_le32(in);
    span_t   body   = read_span(in, length);
    reader_t fields = reader_from(body);
    *record         = (record_t){0};
    record->type    = (record_type_t)read_u8(&fields);
    if (!reader_ok(in) || !reader_ok(&fields) || record->type < RECORD_IDENTITY || record->type > RECORD_DONE)
        return status_fail(STATUS_PROTOCOL, wire, at, "a record of no known type");
    if (!get_fields(&fields, record, xattrs) || !reader_ok(&fields) || reader_left(&fields) != 0)
        return status_fail(STATUS_PROTOCOL, wire, at, "a record whose fields do not hold");
    return ok();
}
