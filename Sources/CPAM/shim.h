#include <security/pam_appl.h>

// PAM_FAIL_DELAY takes a function in the place of a value: one that doesn't wait, since whoever asked decides how long that takes.
static inline void martlet_pam_no_delay(int status, unsigned microseconds, void *data) {
    (void)status;
    (void)microseconds;
    (void)data;
}

static inline int martlet_pam_set_no_delay(pam_handle_t *handle) {
    return pam_set_item(handle, PAM_FAIL_DELAY, (const void *)martlet_pam_no_delay);
}
