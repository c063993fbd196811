#include "report/markup.h"

void markup_text(buffer_t *out, const char *text)
{
    for (const char *at = text; at != NULL && *at != '\0'; at++)
        switch (*at) {
        case '&': buffer_append_text(out, "&amp;"); break;
        case '<': buffer_append_text(out, "&lt;"); break;
        case '>': buffer_append_text(out, "&gt;"); break;
        case '"': buffer_append_text(out, "&quot;"); break;
        case '\'': buffer_append_text(out, "&#39;"); break;
        default:
            if ((uint8_t)*at < 0x20 && *at != '\t' && *at != '\n' && *at != '\r')
                buffer_append_text(out, "\xEF\xBF\xBD");
            else
                buffer_append_byte(out, (uint8_t)*at);
        }
}
