/* Confinement. Four walls: no_new_privs, landlock (no path, no TCP port), a seccomp allow-list, resource limits.
 * Every function confines the calling process and cannot be undone. */
#ifndef ASSAY_ENGINE_SANDBOX_H
#define ASSAY_ENGINE_SANDBOX_H

#include "base/error.h"

typedef struct {
    int  landlock;     /* ABI version; 0: the kernel has none */
    bool seccomp;      /* filters can be loaded */
    bool no_new_privs;
} sandbox_offer_t;

/* What this kernel offers. Changes nothing. */
sandbox_offer_t sandbox_offer(void);
/* Does the offer suffice for the full sandbox? */
bool sandbox_is_full(const sandbox_offer_t *offer);

/* For the zygote, once all data is loaded, and inherited by its workers: no_new_privs and landlock. What the kernel lacks is
 * an error unless `reduced`. */
status_t sandbox_close_paths(bool reduced);

/* For a worker, before the first hostile byte: resource limits (heap bytes, no core, no new files beyond a few, no processes), then
 * the allow-list: memory, time, reading and writing the descriptors it has, exit. open and socket answer EACCES, since
 * libraries ask in good faith; anything else kills the process. */
status_t sandbox_enter_worker(uint64_t heap_bytes, bool reduced);

/* For the signer, once the key is loaded: as a worker, and it may be handed nothing but what it is sent. */
status_t sandbox_enter_signer(bool reduced);

/* For a signer whose key is on a token: the module of the token's maker may open files and sockets and start threads, since some need it, but no program,
 * no tracing of others, no change to the system; what else it asks for answers EPERM. */
status_t sandbox_enter_token_signer(bool reduced);

#endif
